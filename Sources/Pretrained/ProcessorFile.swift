import Foundation
import Models
import Text

/// processor_config.json: from it `LlavaProcessor` of transformers knows how many tokens a picture takes.
struct ProcessorFile: Encodable {
  private let processorClass = "LlavaProcessor"
  private let patchSize: Int
  private let select: String
  private let imageToken: String
  private let additionalTokens: Int

  enum CodingKeys: String, CodingKey {
    case processorClass = "processor_class"
    case patchSize = "patch_size"
    case select = "vision_feature_select_strategy"
    case imageToken = "image_token"
    case additionalTokens = "num_additional_image_tokens"
  }

  /// Nil for a model that transformers has no processor for: without a tower, or with several patches to a token.
  init?(_ configuration: ModelConfiguration, tokenizer: Tokenizer) {
    guard let vision = configuration.vision, configuration.connector.factor == 1 else { return nil }
    patchSize = vision.patchSize
    select = configuration.dropsFirstRow ? "default" : "full"
    imageToken = tokenizer.token(configuration.imageToken) ?? ChatMessage.imageMark
    additionalTokens = vision.rows - vision.patches
  }

  func json() throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    return [UInt8](try encoder.encode(self))
  }
}
