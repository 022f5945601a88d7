import Communication
import Datasets
import Foundation
import Records
import Synchronization
import Testing

@testable import Recipes
@testable import Training

/// A small picture world with a frozen tower, and runs on it by in-process ranks, in a folder that goes with the test.
final class FeatureWorld {
  let path: String

  init(pictures: Int = 12) throws {
    path = FileManager.default.temporaryDirectory.appendingPathComponent("features-\(UUID().uuidString)").path
    try PictureWorld.write(to: path, seed: 5, pictures: pictures, heldOut: 3)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// Three passes over the captions in nine steps. 16 features of 20 numbers a picture.
  func recipe(_ overrides: [String] = []) throws -> Recipe {
    let file = path + "/recipe.yaml"
    try Data(Self.text.utf8).write(to: URL(fileURLWithPath: file))
    return try Recipe.load(path: file, overrides: overrides)
  }

  private static let text = """
    model:
      vision:
        new: {model_type: clip_vision_model, hidden_size: 20, intermediate_size: 24, num_hidden_layers: 2,
              num_attention_heads: 2, image_size: 24, patch_size: 6}
      connector: {new: {kind: mlp2x_gelu}}
      language:
        new: {model_type: llama, hidden_size: 16, intermediate_size: 24, num_hidden_layers: 1, num_attention_heads: 2,
              num_key_value_heads: 1, vocab_size: 400, tie_word_embeddings: true}
        tokenizer: tokenizer
    data:
      captions: {path: captions.json}
      text: {path: text.json}
    chat_template: chatml
    stages:
      - name: align
        train: {connector: {lr: 1.0e-2}, language: {lr: 1.0e-2}}
        mix: {captions: 1}
        batch: {global: 4, micro: 2}
        until: {epochs: 3}
    evaluation: {data: {held: {path: heldout-captions.json}}, examples: 0}
    checkpoint: {every_steps: 2, keep: 100}
    feature_cache: {limit: 1MB}

    """

  /// What a run came to: losses and norms, all held-out losses, and what the journal says of features and warnings.
  struct Outcome {
    var figures: [String] = []
    var heldOut: [Double] = []
    var features: [JournalEntry] = []
    var warnings: [String] = []

    /// The last line about features.
    func detail(_ name: String) -> JournalValue? { features.last?.details[name] }
  }

  func run(_ name: String, ranks: Int = 1, _ overrides: [String] = []) throws -> Outcome {
    let run = path + "/" + name
    let recipe = try recipe(overrides)
    try LocalCommunicator.run(ranks: ranks) { communicator in
      let trainer = try Trainer(recipe: recipe, run: run, communicator: communicator, interruption: Interruption())
      #expect(try trainer() == .finished)
    }
    return try outcome(run)
  }

  private func outcome(_ run: String) throws -> Outcome {
    var outcome = Outcome()
    outcome.figures = try String(contentsOfFile: run + "/metrics.jsonl", encoding: .utf8).split(separator: "\n").map {
      let line = try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]
      return ["step", "loss", "grad_norm"].map { "\(line?[$0] ?? "-")" }.joined(separator: " ")
    }
    let journal = try Journal.read(path: run + "/journal.jsonl")
    outcome.heldOut = journal.filter { $0.event == .evaluation }.compactMap {
      if case .number(let loss) = $0.details["loss"] { loss } else { nil }
    }
    outcome.features = journal.filter { $0.event == .features }
    outcome.warnings = journal.filter { $0.event == .warning }.map(\.reason)
    return outcome
  }

  /// Takes a finished run back to its checkpoint of step `step`.
  func rewind(_ name: String, to step: Int) throws {
    let checkpoints = "\(path)/\(name)/checkpoints"
    for found in try FileManager.default.contentsOfDirectory(atPath: checkpoints) where found != "step-\(step)" {
      try FileManager.default.removeItem(atPath: checkpoints + "/" + found)
    }
  }

  /// The feature files of a run and their sizes.
  func featureFiles(_ name: String) -> [(path: String, bytes: Int)] {
    let folder = "\(path)/\(name)/features"
    return (FileManager.default.subpaths(atPath: folder) ?? []).filter { $0.contains("rank-") }.sorted().map {
      let attributes = try? FileManager.default.attributesOfItem(atPath: folder + "/" + $0)
      return (folder + "/" + $0, attributes?[.size] as? Int ?? 0)
    }
  }
}
