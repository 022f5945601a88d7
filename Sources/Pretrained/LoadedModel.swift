import Checkpoints
import Foundation
import Layers
import Media
import Models
import Text

/// A model with what belongs to it: how text becomes tokens and pictures become pixels.
public struct LoadedModel {
  public let model: VisionLanguageModel
  public let tokenizer: Tokenizer
  public let template: ChatTemplate
  public let preprocessor: ImagePreprocessor?

  public init(
    model: VisionLanguageModel, tokenizer: Tokenizer, template: ChatTemplate, preprocessor: ImagePreprocessor?
  ) {
    self.model = model
    self.tokenizer = tokenizer
    self.template = template
    self.preprocessor = preprocessor
  }

  /// Loads a whole Hugging Face directory.
  public static func load(directory: String) throws -> LoadedModel {
    let model = try VisionLanguageModel.load(directory: directory)
    return LoadedModel(
      model: model, tokenizer: try Tokenizer(path: directory),
      template: try ChatTemplate.detect(directory: directory) ?? ChatTemplate(kind: .vicuna),
      preprocessor: model.configuration.vision == nil ? nil : try Self.preprocessor(directory: directory))
  }

  /// preprocessor_config.json of a directory.
  public static func preprocessor(directory: String) throws -> ImagePreprocessor {
    let path = directory + "/preprocessor_config.json"
    guard let json = FileManager.default.contents(atPath: path) else {
      throw ModelError.configuration(path: path, reason: "the file is missing")
    }
    return try ImagePreprocessor(json: [UInt8](json), path: path)
  }

  /// An encoder of conversations for this model.
  public func encoder(template: ChatTemplate? = nil) throws -> ChatEncoder {
    let configuration = model.configuration
    return try ChatEncoder(
      tokenizer: tokenizer, template: template ?? self.template,
      imageToken: configuration.vision == nil ? nil : configuration.imageToken,
      imageTokenCount: configuration.imageTokens)
  }

  /// Writes a directory that transformers loads, tokenizer and processor included. `tokenizerFiles`: a directory whose
  /// tokenizer settings are taken along.
  public func export(directory: String, tokenizerFiles: String?) throws {
    try model.export(directory: directory)
    let files = FileManager.default
    for name in ["tokenizer_config.json", "special_tokens_map.json", "chat_template.jinja", "generation_config.json"] {
      guard let source = tokenizerFiles.map({ $0 + "/" + name }), files.fileExists(atPath: source) else { continue }
      try Data(contentsOf: URL(fileURLWithPath: source)).write(to: URL(fileURLWithPath: directory + "/" + name))
    }
    try Data(tokenizer.json()).write(to: URL(fileURLWithPath: directory + "/tokenizer.json"))
    if let preprocessor {
      try Data(preprocessor.json).write(to: URL(fileURLWithPath: directory + "/preprocessor_config.json"))
    }
  }
}
