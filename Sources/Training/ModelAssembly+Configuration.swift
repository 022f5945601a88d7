import Foundation
import Models
import Recipes
import Text

extension ModelAssembly {
  /// The configuration that three parts come to, and the tokenizer, which decides the size of the vocabulary with them.
  ///
  /// - Throws: `RecipeError` for what the recipe itself says, `ModelError` for what a config.json says.
  static func configuration(
    of parts: ModelParts, recipe: Recipe
  ) throws -> (configuration: ModelConfiguration, tokenizer: Tokenizer) {
    let vision = try part(VisionConfiguration.self, parts.vision, key: "vision_config", "model.vision", of: recipe)
    let connector = try part(
      ConnectorConfiguration.self, parts.connector, key: "connector", "model.connector", of: recipe)
    var language = try part(
      LanguageConfiguration.self, parts.language, key: "text_config", "model.language", of: recipe)
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

  private static func part<T: Decodable>(
    _ type: T.Type, _ origin: PartOrigin, key: String, _ setting: String, of recipe: Recipe
  ) throws -> T {
    switch origin {
    case .new(let keys):
      do {
        return try ModelConfiguration.part(type, json: Data(keys.json()), key: key, path: setting)
      } catch .configuration(_, let reason) {
        // Reading the recipe has judged each key, so hardly anything can be left.
        throw recipe.refusal(of: setting + ".new", .unusable(reason))
      }
    case .path(let directory):
      let path = directory + "/config.json"
      guard let json = FileManager.default.contents(atPath: path) else {
        throw ModelError.missing(path: path)
      }
      return try ModelConfiguration.part(type, json: json, key: key, path: path)
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
