import ArgumentParser
import Communication
import Foundation
import Recipes
import Training

/// `vlm-dist export`: a run's newest checkpoint as a directory that transformers loads.
struct Export: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Write a run's newest checkpoint as a Hugging Face directory.")

  @Argument(help: "The run directory.")
  var from: String

  @Argument(help: "The directory to write.")
  var out: String

  func run() throws {
    try withRanks { communicator in
      guard communicator.rank == 0 else { return }
      let recipe = try Recipe.load(path: from + "/recipe.yaml")
      let restored = try RunLoader.load(run: from, recipe: recipe)
      try restored.model.export(directory: out, tokenizerFiles: recipe.model.tokenizer)
      print("\(out): step \(restored.step) of \(from)")
    }
  }
}
