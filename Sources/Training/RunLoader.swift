import Checkpoints
import Models
import Pretrained
import Recipes

/// A run's model as its newest good checkpoint has it.
public enum RunLoader {
  public static func load(run: String, recipe: Recipe) throws -> (model: LoadedModel, step: Int) {
    let loaded = try ModelAssembly.build(recipe)
    guard let checkpoint = try CheckpointDirectory(run: run).latestGood(report: { _ in }) else {
      throw TrainingError.noCheckpoint(run: run)
    }
    try RunSnapshot.restore(checkpoint, model: loaded.model)
    return (loaded, checkpoint.step)
  }
}
