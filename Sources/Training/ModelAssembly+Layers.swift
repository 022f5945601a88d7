import Models
import Recipes

extension ModelAssembly {
  /// Refuses a stage that is to train more last layers of the vision tower than run.
  /// - Throws: `RecipeError`, with the key and its place.
  static func checkLayers(of recipe: Recipe, _ configuration: ModelConfiguration) throws(RecipeError) {
    guard let used = configuration.visionLayersUsed else { return }
    for (number, stage) in recipe.stages.enumerated() {
      for training in stage.train where training.part == .vision {
        guard let last = training.lastLayers, last > used else { continue }
        throw recipe.refusal(
          of: recipe.key(of: .vision, stage: number) + ".last_layers",
          .outOfRange(found: "\(last)", allowed: "at most \(used), the layers that the features go through"))
      }
    }
  }
}
