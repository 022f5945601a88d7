import Foundation
import Models
import Pretrained
import Recipes
import Text

extension ModelAssembly {
  /// The configuration that three parts come to, and the tokenizer, which decides the size of the vocabulary with them.
  ///
  /// - Throws: `RecipeError` for what the recipe itself says, `ModelError` for what a config.json says.
  static func configuration(
    of parts: ModelParts, recipe: Recipe
  ) throws -> (configuration: ModelConfiguration, tokenizer: Tokenizer) {
    let vision = try part(parts.vision, key: "vision_config", "model.vision", of: recipe) { $0.vision }
    var language = try part(parts.language, key: "text_config", "model.language", of: recipe) { $0.language }
    let connector = try connector(parts.connector, between: vision, and: language, of: recipe)
    var tokenizer = try Tokenizer(path: recipe.model.tokenizer)
    if tokenizer.id(of: ChatMessage.imageMark) == nil { tokenizer = tokenizer.addingTokens([ChatMessage.imageMark]) }
    language.vocabSize = max(language.vocabSize, tokenizer.vocabularySize)
    let configuration = ModelConfiguration(
      vision: vision, connector: connector, language: language,
      imageToken: tokenizer.id(of: ChatMessage.imageMark) ?? 0, featureLayer: parts.featureLayer,
      // A SigLIP tower has no class token that could be dropped.
      dropsFirstRow: parts.featureSelect == .patch && vision.modelType == .clip)
    do {
      try configuration.validate(path: "model")
    } catch {
      throw located(error, in: parts, of: recipe)
    }
    return (configuration, tokenizer)
  }

  /// A connector is loaded from a whole model, and fits parts as wide as those that it was trained with.
  private static func connector(
    _ origin: PartOrigin, between vision: VisionConfiguration, and language: LanguageConfiguration, of recipe: Recipe
  ) throws -> ConnectorConfiguration {
    guard case .path(let directory) = origin else {
      return try part(origin, key: "connector", "model.connector", of: recipe) { $0.connector }
    }
    func refusal(_ reason: String) -> RecipeError { recipe.refusal(of: "model.connector.path", .unusable(reason)) }
    guard let whole = try ModelConfiguration.whole(directory: directory), let tower = whole.vision else {
      throw refusal("\(directory) has no connector; give the directory of a LLaVA model, as vlm-dist export writes it")
    }
    guard tower.hiddenSize == vision.hiddenSize, whole.language.hiddenSize == language.hiddenSize else {
      throw refusal(
        "the connector in \(directory) leads from width \(tower.hiddenSize) to \(whole.language.hiddenSize), but vision is "
          + "\(vision.hiddenSize) wide and language \(language.hiddenSize); give one that was trained with these parts")
    }
    return whole.connector
  }

  /// `inWhole`: where a whole model, which a part may be taken from, has it.
  private static func part<T: Decodable>(
    _ origin: PartOrigin, key: String, _ setting: String, of recipe: Recipe, inWhole: (ModelConfiguration) -> T?
  ) throws -> T {
    switch origin {
    case .new(let keys):
      do {
        return try ModelConfiguration.part(T.self, json: Data(keys.json()), key: key, path: setting)
      } catch .configuration(_, let reason) {
        // Reading the recipe has judged each key, so hardly anything can be left.
        throw recipe.refusal(of: setting + ".new", .unusable(reason))
      }
    case .path(let directory):
      if let whole = try ModelConfiguration.whole(directory: directory), let part = inWhole(whole) { return part }
      let path = directory + "/config.json"
      guard let json = FileManager.default.contents(atPath: path) else {
        throw ModelError.missing(path: path)
      }
      return try ModelConfiguration.part(T.self, json: json, key: key, path: path)
    }
  }

  /// The error about a configuration that was put together, as one about the recipe's setting or the part's own file.
  private static func located(_ error: ModelError, in parts: ModelParts, of recipe: Recipe) -> any Error {
    let (key, fault): (String, Fault)
    switch error {
    case .setting(_, let name, let reason): (key, fault) = (name, .unusable(reason))
    case .unsupported(_, let name, let value, let supported):
      (key, fault) = (name, .outOfRange(found: value, allowed: supported.joined(separator: " or ")))
    default: return error
    }
    let sections = [
      ("vision_config.", "model.vision", parts.vision), ("connector.", "model.connector", parts.connector),
      ("text_config.", "model.language", parts.language),
    ]
    guard let (section, setting, origin) = sections.first(where: { key.hasPrefix($0.0) }) else {
      let own = [
        "vision_feature_layer": "model.feature_layer", "vision_feature_select_strategy": "model.feature_select",
      ]
      return recipe.refusal(of: own[key] ?? "model", fault)
    }
    switch origin {
    case .new: return recipe.refusal(of: setting + ".new." + key.dropFirst(section.count), fault)
    case .path(let directory): return error.about(directory + "/config.json")
    }
  }
}

extension ModelError {
  /// The same about another file.
  fileprivate func about(_ path: String) -> ModelError {
    switch self {
    case .setting(_, let key, let reason): .setting(path: path, key: key, reason: reason)
    case .unsupported(_, let key, let value, let supported):
      .unsupported(path: path, key: key, value: value, supported: supported)
    default: self
    }
  }
}
