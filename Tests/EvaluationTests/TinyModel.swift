import Datasets
import Foundation
import Layers
import Media
import Models
import Tensors
import Text

@testable import Evaluation

/// A vision-language model of a few thousand parameters with wide initial values, so that its logits lie far apart.
enum TinyModel {
  static func make(vocabulary: Int = 50, imageToken: Int = 49, seed: UInt64 = 4) throws -> VisionLanguageModel {
    let json = """
      {"model_type": "llava", "image_token_index": \(imageToken), "vision_feature_layer": -1,
       "vision_feature_select_strategy": "full",
       "vision_config": {"model_type": "siglip_vision_model", "hidden_size": 16, "intermediate_size": 24,
         "num_hidden_layers": 1, "num_attention_heads": 2, "image_size": 8, "patch_size": 4},
       "text_config": {"model_type": "llama", "vocab_size": \(vocabulary), "hidden_size": 16, "intermediate_size": 24,
         "num_hidden_layers": 2, "num_attention_heads": 2, "num_key_value_heads": 1, "initializer_range": 0.6,
         "tie_word_embeddings": false}, "tie_word_embeddings": false}
      """
    let configuration = try ModelConfiguration(json: Data(json.utf8), path: "config.json")
    return try VisionLanguageModel(configuration: configuration, store: ParameterStore(sources: [], seed: seed))
  }

  static let prompt: [Int32] = [3, 7, 49, 49, 49, 49, 11, 2]

  static func pixels() -> Tensor {
    var random = RandomStream(9)
    return random.normalTensor([1, 3, 8, 8], deviation: 1)
  }

  /// Logits behind the last of `tokens`, from one pass over all of them; that of the picture's mark is never drawn.
  static func logits(_ model: VisionLanguageModel, _ tokens: [Int32]) throws -> [Float] {
    let input = ModelInput(
      tokens: tokens, starts: [0, tokens.count], labels: tokens.map { _ in -100 }, pixels: pixels())
    var logits = try model.logits(input, rows: [Int32(tokens.count - 1)]).array
    logits[49] = -.infinity
    return logits
  }
}

/// A directory of its own for one test, removed at its end.
final class ScratchDirectory {
  let path: String

  init() throws {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("evaluation-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    path = url.path
  }

  deinit {
    try? FileManager.default.removeItem(atPath: path)
  }
}
