import Foundation
import Layers
import Media
import Models
import Pretrained
import Recipes
import Text

/// Builds the model a recipe asks for: a whole checkpoint, or parts that are loaded or new.
public enum ModelAssembly {
  static func build(_ recipe: Recipe) throws -> LoadedModel {
    switch recipe.model.weights {
    case .path(let directory): try LoadedModel.load(directory: directory)
    case .parts(let parts): try assemble(parts, recipe: recipe)
    }
  }

  private static func assemble(_ parts: ModelParts, recipe: Recipe) throws -> LoadedModel {
    let vision = try part(VisionConfiguration.self, parts.vision, key: "vision_config")
    let connector = try part(ConnectorConfiguration.self, parts.connector, key: "connector")
    var language = try part(LanguageConfiguration.self, parts.language, key: "text_config")
    var tokenizer = try Tokenizer(path: recipe.model.tokenizer)
    if tokenizer.id(of: ChatMessage.imageMark) == nil { tokenizer = tokenizer.addingTokens([ChatMessage.imageMark]) }
    let imageToken = tokenizer.id(of: ChatMessage.imageMark) ?? 0
    language.vocabSize = max(language.vocabSize, tokenizer.vocabularySize)
    let configuration = ModelConfiguration(
      vision: vision, connector: connector, language: language, imageToken: imageToken,
      featureLayer: parts.featureLayer,
      // A SigLIP tower has no class token that could be dropped.
      dropsFirstRow: parts.featureSelect == .patch && vision.modelType == .clip)
    try configuration.validate(path: "model")
    var sources: [(prefix: String, source: any TensorSource)] = []
    if case .path(let directory) = parts.vision {
      sources.append(("vision_tower.", try CheckpointSource(directory: directory, kind: .vision)))
    }
    if case .path(let directory) = parts.language {
      let files = try CheckpointSource(directory: directory, kind: .language)
      sources.append(("language_model.", ExtendedVocabulary(files, size: language.vocabSize)))
    }
    let store = ParameterStore(sources: sources, seed: UInt64(bitPattern: Int64(recipe.seed)))
    let model = try VisionLanguageModel(configuration: configuration, store: store)
    return LoadedModel(
      model: model, tokenizer: tokenizer, template: try template(recipe),
      preprocessor: try preprocessor(parts.vision, size: vision.imageSize, data: recipe.data))
  }

  private static func part<T: Decodable>(_ type: T.Type, _ origin: PartOrigin, key: String) throws -> T {
    switch origin {
    case .new(let keys):
      return try ModelConfiguration.part(type, json: Data(keys.json()), key: key, path: "model")
    case .path(let directory):
      let path = directory + "/config.json"
      guard let json = FileManager.default.contents(atPath: path) else {
        throw ModelError.missing(path: path)
      }
      return try ModelConfiguration.part(type, json: json, key: key, path: path)
    }
  }

  /// A stage's own template, where it names one.
  static func template(_ recipe: Recipe, stage: Stage) throws -> Text.ChatTemplate {
    try template(stage.template) ?? template(recipe)
  }

  /// The template that a recipe or a command names; nil for `auto`.
  public static func template(_ named: Recipes.ChatTemplate) -> Text.ChatTemplate? {
    ChatTemplateKind(rawValue: named.rawValue).map { Text.ChatTemplate(kind: $0) }
  }

  /// The recipe's template, or the one that the tokenizer's checkpoint carries.
  static func template(_ recipe: Recipe) throws -> Text.ChatTemplate {
    if let named = template(recipe.chatTemplate) { return named }
    return try Text.ChatTemplate.detect(directory: recipe.model.tokenizer) ?? Text.ChatTemplate(kind: .vicuna)
  }

  /// A loaded tower brings its processor; a new one gets SigLIP's, with transparent pixels as the data asks for.
  private static func preprocessor(_ vision: PartOrigin, size: Int, data: [DataSource]) throws -> ImagePreprocessor {
    if case .path(let directory) = vision {
      return try LoadedModel.preprocessor(directory: directory, imageSize: size)
    }
    let alpha: AlphaTreatment =
      switch data.first?.alpha {
      case .white: .flatten(red: 255, green: 255, blue: 255)
      case .black: .flatten(red: 0, green: 0, blue: 0)
      default: .drop
      }
    return ImagePreprocessor(size: size, mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5], alpha: alpha)
  }
}
