import ArgumentParser
import Checkpoints
import Communication
import Foundation
import Pretrained
import Training

/// `vlm-dist export`: a checkpoint as a directory that transformers loads.
struct Export: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Write a run's newest checkpoint, or the one that is named, as a Hugging Face directory.")

  @Argument(help: "A run directory, or a checkpoint in it: RUN/checkpoints/step-N.")
  var from: String

  @Argument(help: "The directory to write: a new or empty one, or an earlier export, which is replaced.")
  var out: String

  func run() throws {
    try withRanks { communicator in
      guard communicator.rank == 0 else { return }
      // Said before the checkpoint is read, not after.
      try ExportDirectory.check(out)
      let restored = try RunLoader.load(from: from) { complain($0) }
      try restored.model.export(directory: out, tokenizerFiles: restored.recipe.model.tokenizer)
      let connector = restored.model.model.configuration.connector.kind
      if restored.model.model.configuration.vision != nil, connector != .mlp {
        complain(
          "\(out): transformers has no LLaVA model with the connector \(connector.rawValue); vlm-dist loads it, "
            + "for transformers train with mlp2x_gelu")
      }
      try tell("\(out): step \(restored.step), from \(restored.path)")
    }
  }
}
