/// Which model is trained: a whole Hugging Face checkpoint, or three parts that are put together.
public struct ModelSpecification: Equatable, Sendable {
  public var weights: Weights
  /// The directory of the tokenizer: that of the checkpoint or of the language part unless the recipe names another.
  public var tokenizer: String

  public enum Weights: Equatable, Sendable {
    /// A directory that holds a whole vision-language model.
    case path(String)
    case parts(ModelParts)
  }
}

/// A model put together from three parts, and what the connector sees of the vision part.
public struct ModelParts: Equatable, Sendable {
  public var vision: PartOrigin
  public var connector: PartOrigin
  public var language: PartOrigin
  /// Hugging Face's `vision_feature_layer`: which hidden state of the vision part is used, from the end if negative.
  public var featureLayer: Int
  public var featureSelect: FeatureSelect
}

/// Where the parameters of a part come from.
public enum PartOrigin: Equatable, Sendable {
  /// A Hugging Face checkpoint directory.
  case path(String)
  /// Fresh parameters for this configuration, an object with the keys of Hugging Face's config.json.
  case new(ConfigurationValue)
}

/// Hugging Face's `vision_feature_select_strategy`, where `patch` is called `default`.
public enum FeatureSelect: String, CaseIterable, Sendable {
  /// All positions.
  case full
  /// Without the class position, where the vision part has one.
  case patch
}
