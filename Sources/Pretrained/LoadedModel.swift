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
  /// - Parameters:
  ///   - tokenizer: The directory of another tokenizer, whose chat template is taken with it.
  ///   - template: Instead of the one that lies beside the tokenizer.
  public static func load(
    directory: String, tokenizer other: String? = nil, template: ChatTemplate? = nil
  ) throws -> LoadedModel {
    // What is small comes first, so that a fault is not told of after minutes of reading weights.
    let configuration = try ModelConfiguration(directory: directory)
    let words = other ?? directory
    let tokenizer = try Tokenizer(path: words)
    let (ids, rows) = (tokenizer.vocabularySize, configuration.language.vocabSize)
    guard ids <= rows else {
      throw ModelError.tokenizer(
        path: words, largestID: ids - 1, configuration: directory + "/config.json", vocabSize: rows)
    }
    let found = try template ?? ChatTemplate.detect(directory: words) ?? ChatTemplate(kind: .vicuna)
    let preprocessor = try configuration.vision.map {
      try Self.preprocessor(directory: directory, imageSize: $0.imageSize)
    }
    return LoadedModel(
      model: try VisionLanguageModel.load(directory: directory), tokenizer: tokenizer, template: found,
      preprocessor: preprocessor)
  }

  /// The image processor of a directory, which must make pictures of the size that the vision tower takes:
  /// preprocessor_config.json or, as transformers 5 writes it, a part of processor_config.json.
  public static func preprocessor(directory: String, imageSize: Int) throws -> ImagePreprocessor {
    let (own, shared) = (directory + "/preprocessor_config.json", directory + "/processor_config.json")
    let files = FileManager.default
    let path = files.fileExists(atPath: own) ? own : shared
    guard let json = files.contents(atPath: path).map({ [UInt8]($0) }),
      let preprocessor = try path == own
        ? ImagePreprocessor(json: json, path: path) : ImagePreprocessor(processorJSON: json, path: path)
    else { throw ModelError.missing(path: own) }
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
    if let processor = ProcessorFile(model.configuration, tokenizer: tokenizer) {
      try DurableFile.replace(directory + "/processor_config.json", with: processor.json())
    }
  }
}
