import ArgumentParser
import Datasets
import Foundation
import Models
import Tensors

/// What grows in `bench scale`.
enum ScaleAxis: String, CaseIterable, ExpressibleByArgument {
  case sequence, images, model

  /// From small to large.
  var rungs: [ScaleRung] {
    switch self {
    case .sequence: [256, 512, 1024, 2048, 4096, 8192].map { ScaleRung(tokens: $0) }
    case .images: [1, 2, 4, 8, 16].map { ScaleRung(tokens: 192 + $0 * ScaleRung.imageTokens, images: $0) }
    case .model:
      [(128, 2), (256, 4), (384, 6), (512, 8), (768, 12)].map { ScaleRung(tokens: 256, width: $0, layers: $1) }
    }
  }
}

/// A model and one sample for it, made in memory: SigLIP tower, two-layer connector, Llama.
struct ScaleRung: Equatable {
  /// All of them, those of images included.
  var tokens: Int
  var images = 1
  /// Width of tower and language model; heads are 64 wide.
  var width = 256
  /// Layers of the tower, and of the language model.
  var layers = 4

  /// A picture of 128x128 pixels in patches of 16.
  static let imageTokens = 64
  private static let (side, patch, vocabulary) = (128, 16, 4096)

  func configuration() throws -> ModelConfiguration {
    let text = """
      {"model_type": "llava", "image_token_index": \(Self.vocabulary - 1), "vision_feature_layer": -1,
       "vision_feature_select_strategy": "full",
       "vision_config": {"model_type": "siglip_vision_model", "hidden_size": \(width),
         "intermediate_size": \(4 * width), "num_hidden_layers": \(layers), "num_attention_heads": \(width / 64),
         "image_size": \(Self.side), "patch_size": \(Self.patch), "vision_use_head": false},
       "text_config": {"model_type": "llama", "hidden_size": \(width), "intermediate_size": \(3 * width),
         "num_hidden_layers": \(layers), "num_attention_heads": \(width / 64), "num_key_value_heads": \(width / 128),
         "vocab_size": \(Self.vocabulary), "tie_word_embeddings": true}}
      """
    return try ModelConfiguration(json: Data(text.utf8), path: "bench scale")
  }

  /// The images, then text whose second half is supervised.
  func batch() -> MicroBatch {
    var random = RandomStream(1)
    let image = Int32(Self.vocabulary - 1)
    let seen = images * Self.imageTokens
    let tokens = (0..<tokens).map { $0 < seen ? image : Int32($0 % (Self.vocabulary - 1)) }
    let prompt = seen + (tokens.count - seen) / 2
    let pictures = (0..<images).map { _ in random.normalTensor([3, Self.side, Self.side], deviation: 1).array }
    return MicroBatch(
      samples: [
        PreparedSample(
          id: "sample", source: 0, tokens: tokens,
          labels: tokens.indices.map { $0 < prompt ? -100 : tokens[$0] }, images: pictures)
      ], bad: [])
  }
}
