import Checkpoints
import Communication
import Foundation
import Models
import Pretrained
import Recipes
import Text

/// A run's model as a checkpoint has it.
public enum RunLoader {
  /// What was loaded.
  public struct Loaded {
    public let model: LoadedModel
    public let recipe: Recipe
    public let step: Int
    /// The checkpoint's directory.
    public let path: String
  }

  /// A model to use: a Hugging Face directory, a run's newest good checkpoint, or a single checkpoint.
  /// `template`: the one to use; nil for what the model was trained or published with.
  public static func model(
    at path: String, template: Text.ChatTemplate? = nil, report: (String) -> Void
  ) throws -> LoadedModel {
    if isCheckpoint(path) || isRun(path) {
      let loaded = try load(from: path, report: report).model
      return template.map(loaded.using) ?? loaded
    }
    try MemoryCheck.run(ModelConfiguration(directory: path))
    return try LoadedModel.load(directory: path, template: template)
  }

  /// Collective. What `model(at:)` is to be given by all ranks, so that they have the same model: of a run directory the
  /// newest good checkpoint, found by rank 0, as a run that goes on may write another one meanwhile; else `path`.
  /// `report` is told by rank 0 alone.
  public static func choose(
    _ path: String, _ communicator: any Communicator, report: (String) -> Void
  ) throws -> String {
    let found = try communicator.together { () throws -> String in
      guard communicator.rank == 0, isRun(path), !isCheckpoint(path) else { return path }
      return try newest(of: path, report: report).path
    }
    var chosen = Array(found.utf8)
    try communicator.broadcast(&chosen, from: 0)
    return String(decoding: chosen, as: UTF8.self)
  }

  /// `path`: a run directory, whose newest good checkpoint is taken, or a single checkpoint, which needs its run
  /// directory no more. `report` is told of damaged checkpoints that were passed over.
  public static func load(from path: String, report: (String) -> Void) throws -> Loaded {
    let isCheckpoint = isCheckpoint(path)
    let checkpoint = isCheckpoint ? try OpenCheckpoint(path: path) : try newest(of: path, report: report)
    let state = try JSONDecoder().decode(RunState.self, from: Data(checkpoint.state))
    let recipe =
      if let yaml = state.recipe { try Recipe.parse(yaml: yaml, source: checkpoint.path) } else {
        try Recipe.load(path: (isCheckpoint ? path + "/../.." : path) + "/recipe.yaml")
      }
    var loaded = try ModelAssembly.build(recipe) { try MemoryCheck.run($0) }
    if let template = ModelAssembly.lastTemplate(recipe) { loaded = loaded.using(template) }
    try RunSnapshot.restore(checkpoint, model: loaded.model)
    // Whoever uses the model has no sources to ask: its pictures are treated as those of the first one were.
    let alpha = ModelAssembly.alphas(recipe.data).first ?? nil
    return Loaded(
      model: alpha.map(loaded.treating) ?? loaded, recipe: recipe, step: checkpoint.step, path: checkpoint.path)
  }

  private static func isRun(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path + "/recipe.yaml") }

  private static func isCheckpoint(_ path: String) -> Bool {
    FileManager.default.fileExists(atPath: path + "/manifest.json")
  }

  /// The newest good checkpoint of a run directory.
  private static func newest(of run: String, report: (String) -> Void) throws -> OpenCheckpoint {
    guard let checkpoint = try CheckpointDirectory(run: run).latestGood(report: report) else {
      throw TrainingError.noCheckpoint(path: run)
    }
    return checkpoint
  }
}
