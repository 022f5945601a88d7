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
      preprocessor: try model.configuration.vision.map {
        try Self.preprocessor(directory: directory, imageSize: $0.imageSize)
      })
  }

  /// preprocessor_config.json of a directory, which must make pictures of the size that the vision tower takes.
  public static func preprocessor(directory: String, imageSize: Int) throws -> ImagePreprocessor {
    let path = directory + "/preprocessor_config.json"
    guard let json = FileManager.default.contents(atPath: path) else {
      throw ModelError.missing(path: path)
    }
    let preprocessor = try ImagePreprocessor(json: [UInt8](json), path: path)
    guard preprocessor.width == imageSize, preprocessor.height == imageSize else {
      throw ModelError.imageSize(
        path: path, width: preprocessor.width, height: preprocessor.height, expected: imageSize)
    }
    return preprocessor
  }

  /// The same model, with another treatment of transparent pictures.
  public func treating(_ alpha: AlphaTreatment) -> LoadedModel {
    var preprocessor = preprocessor
    preprocessor?.alpha = alpha
    return LoadedModel(model: model, tokenizer: tokenizer, template: template, preprocessor: preprocessor)
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
      guard let source = tokenizerFiles.map({ $0 + "/" + name }), let bytes = files.contents(atPath: source) else {
        continue
      }
      try DurableFile.replace(directory + "/" + name, with: [UInt8](bytes))
    }
    try DurableFile.replace(directory + "/tokenizer.json", with: tokenizer.json())
    if let preprocessor { try DurableFile.replace(directory + "/preprocessor_config.json", with: preprocessor.json) }
  }
}
