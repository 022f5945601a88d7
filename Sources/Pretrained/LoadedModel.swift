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
  public private(set) var template: ChatTemplate
  public private(set) var preprocessor: ImagePreprocessor?
  /// The directory that has no chat template, where Vicuna's is used for want of one; else nil.
  public var templateMissingIn: String?

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
    let found = try template ?? ChatTemplate.detect(directory: words)
    let preprocessor = try configuration.vision.map {
      try Self.preprocessor(directory: directory, imageSize: $0.imageSize)
    }
    var loaded = LoadedModel(
      model: try VisionLanguageModel.load(directory: directory), tokenizer: tokenizer,
      template: found ?? ChatTemplate(kind: .vicuna), preprocessor: preprocessor)
    if found == nil { loaded.templateMissingIn = words }
    return loaded
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
    var treating = self
    treating.preprocessor?.alpha = alpha
    return treating
  }

  /// The same model, with another template.
  public func using(_ template: ChatTemplate) -> LoadedModel {
    var using = self
    (using.template, using.templateMissingIn) = (template, nil)
    return using
  }

  /// For people, where a template was taken for want of one. `setting`: how another one is chosen.
  public func assumedTemplate(setting: String) -> String? {
    templateMissingIn.map { "no chat template in \($0): \(template.kind.rawValue) is used; \(setting) sets another" }
  }

  /// An encoder of conversations for this model.
  public func encoder(template: ChatTemplate? = nil) throws -> ChatEncoder {
    let configuration = model.configuration
    return try ChatEncoder(
      tokenizer: tokenizer, template: template ?? self.template,
      imageToken: configuration.vision == nil ? nil : configuration.imageToken,
      imageTokenCount: configuration.imageTokens)
  }

  /// Writes a directory that transformers loads, tokenizer, chat template and processor included. `tokenizerFiles`: a
  /// directory whose tokenizer settings are taken along.
  public func export(directory: String, tokenizerFiles: String?) throws {
    try model.export(directory: directory)
    let files = FileManager.default
    for name in ["tokenizer_config.json", "special_tokens_map.json", "chat_template.jinja", "generation_config.json"] {
      guard let source = tokenizerFiles.map({ $0 + "/" + name }), let bytes = files.contents(atPath: source) else {
        continue
      }
      try DurableFile.replace(directory + "/" + name, with: [UInt8](bytes))
    }
    try exportTemplate(directory)
    try DurableFile.replace(directory + "/tokenizer.json", with: tokenizer.json())
    if let preprocessor { try DurableFile.replace(directory + "/preprocessor_config.json", with: preprocessor.json) }
    if let processor = ProcessorFile(model.configuration, tokenizer: tokenizer) {
      try DurableFile.replace(directory + "/processor_config.json", with: processor.json())
    }
  }
  /// Whoever loads the directory is to find the template that was used, and no other one.
  private func exportTemplate(_ directory: String) throws {
    guard let jinja = template.jinja, (try? ChatTemplate.detect(directory: directory)) != template else { return }
    try DurableFile.replace(directory + "/chat_template.jinja", with: Array(jinja.utf8))
    let path = directory + "/tokenizer_config.json"
    guard let json = FileManager.default.contents(atPath: path) else { return }
    try DurableFile.replace(path, with: ChatTemplate.removed(from: [UInt8](json), file: path))
  }
}
