import Layers
import Media
import Models
import Pretrained
import Recipes
import Text

/// Builds the model a recipe asks for: a whole checkpoint, or parts that are loaded or new.
public enum ModelAssembly {
  /// `admit`: may refuse the model before anything of it is in memory.
  static func build(
    _ recipe: Recipe, admit: (ModelConfiguration) throws -> Void = { _ in }
  ) throws -> LoadedModel {
    switch recipe.model.weights {
    case .path(let directory):
      try admit(ModelConfiguration(directory: directory))
      return try LoadedModel.load(
        directory: directory, tokenizer: recipe.model.tokenizer, template: template(recipe.chatTemplate))
    case .parts(let parts):
      let (configuration, tokenizer) = try configuration(of: parts, recipe: recipe)
      try admit(configuration)
      return try assemble(parts, configuration, tokenizer, recipe: recipe)
    }
  }

  private static func assemble(
    _ parts: ModelParts, _ configuration: ModelConfiguration, _ tokenizer: Tokenizer, recipe: Recipe
  ) throws -> LoadedModel {
    var sources: [(prefix: String, source: any TensorSource)] = []
    if case .path(let directory) = parts.vision {
      sources.append(("vision_tower.", try CheckpointSource(directory: directory, part: .vision)))
    }
    if case .path(let directory) = parts.connector {
      sources.append(("multi_modal_projector.", try CheckpointSource(directory: directory, kind: .whole)))
    }
    if case .path(let directory) = parts.language {
      let files = try CheckpointSource(directory: directory, part: .language)
      sources.append(("language_model.", ExtendedVocabulary(files, size: configuration.language.vocabSize)))
    }
    let store = ParameterStore(sources: sources, seed: UInt64(bitPattern: Int64(recipe.seed)))
    let model = try VisionLanguageModel(configuration: configuration, store: store)
    let found = try foundTemplate(recipe)
    var loaded = LoadedModel(
      model: model, tokenizer: tokenizer, template: found ?? Text.ChatTemplate(kind: .vicuna),
      preprocessor: try configuration.vision.map {
        try preprocessor(parts.vision, size: $0.imageSize)
      })
    if found == nil { loaded.templateMissingIn = recipe.model.tokenizer }
    return loaded
  }

  /// A stage's own template, where it names one.
  static func template(_ recipe: Recipe, stage: Stage) throws -> Text.ChatTemplate {
    try template(stage.template) ?? template(recipe)
  }

  /// The template that a recipe or a command names; nil for `auto`.
  public static func template(_ named: Recipes.ChatTemplate) -> Text.ChatTemplate? {
    ChatTemplateKind(rawValue: named.rawValue).map { Text.ChatTemplate(kind: $0) }
  }

  /// The template that the model is left with: the last stage's, which is what its user should write; the recipe's where
  /// that one is no way to write a chat.
  static func lastTemplate(_ recipe: Recipe) -> Text.ChatTemplate? {
    recipe.stages.last.flatMap { template($0.template) }.flatMap { $0.kind == .plain ? nil : $0 }
  }

  /// The recipe's template, or the one that the tokenizer's checkpoint carries.
  static func template(_ recipe: Recipe) throws -> Text.ChatTemplate {
    try foundTemplate(recipe) ?? Text.ChatTemplate(kind: .vicuna)
  }

  private static func foundTemplate(_ recipe: Recipe) throws -> Text.ChatTemplate? {
    try template(recipe.chatTemplate) ?? Text.ChatTemplate.detect(directory: recipe.model.tokenizer)
  }

  /// A loaded tower brings its processor; a new one gets SigLIP's.
  private static func preprocessor(_ vision: PartOrigin, size: Int) throws -> ImagePreprocessor {
    if case .path(let directory) = vision {
      return try LoadedModel.preprocessor(directory: directory, imageSize: size)
    }
    return ImagePreprocessor(size: size, mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5])
  }

  /// What becomes of transparency in each source's pictures; nil where the image processor decides.
  static func alphas(_ sources: [DataSource]) -> [AlphaTreatment?] {
    sources.map {
      switch $0.alpha {
      case .auto: nil
      case .drop: .drop
      case .white: .flatten(red: 255, green: 255, blue: 255)
      case .black: .flatten(red: 0, green: 0, blue: 0)
      }
    }
  }
}
