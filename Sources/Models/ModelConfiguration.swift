/// `config.json` of a vision-language model (`LlavaConfig` of transformers), or of a language model alone.
public struct ModelConfiguration: Sendable, Equatable {
  /// nil in a language model without eyes.
  public var vision: VisionConfiguration?
  public var connector: ConnectorConfiguration
  public var language: LanguageConfiguration
  /// Token id whose places in the text the image features take.
  public var imageToken: Int32
  /// Which hidden states of the vision tower are used: -1 the last layer's, -2 those of the layer before, 0 its input.
  public var featureLayer: Int
  /// Whether the first row (CLIP's class token) is dropped: `vision_feature_select_strategy` "default", else "full".
  public var dropsFirstRow: Bool

  public init(
    vision: VisionConfiguration?, connector: ConnectorConfiguration, language: LanguageConfiguration,
    imageToken: Int32, featureLayer: Int, dropsFirstRow: Bool
  ) {
    self.vision = vision
    self.connector = connector
    self.language = language
    self.imageToken = imageToken
    self.featureLayer = featureLayer
    self.dropsFirstRow = dropsFirstRow
  }

  /// Tokens that one image takes in the text.
  public var imageTokens: Int { featureRows / (connector.factor * connector.factor) }

  /// Rows of the vision tower's output for one image that are used; 0 without a tower.
  public var featureRows: Int { vision.map { $0.rows - (dropsFirstRow ? 1 : 0) } ?? 0 }

  /// Beyond these a typing error is likelier than a model, and products of two would not fit an integer.
  private static let sizes = 1...1 << 24

  /// Checks what the layers will rely on; `path` is for messages.
  public func validate(path: String) throws(ModelError) {
    func check(_ condition: Bool, _ reason: @autoclosure () -> String) throws(ModelError) {
      if !condition { throw .configuration(path: path, reason: reason()) }
    }
    let sizes = [
      language.vocabSize, language.hiddenSize, language.intermediateSize, language.numHiddenLayers,
      language.numAttentionHeads, language.numKeyValueHeads, language.headDim,
    ]
    try check(sizes.allSatisfy(Self.sizes.contains), "a size of the language model is below 1 or beyond reason")
    try check(
      language.numAttentionHeads % max(1, language.numKeyValueHeads) == 0,
      "num_attention_heads \(language.numAttentionHeads) is not a multiple of num_key_value_heads \(language.numKeyValueHeads)")
    try check(language.headDim % 2 == 0, "head_dim \(language.headDim) is odd")
    guard language.hiddenAct == "silu" else {
      throw .unsupported(path: path, key: "hidden_act", value: language.hiddenAct, supported: ["silu"])
    }
    guard !language.useSlidingWindow else {
      throw .unsupported(path: path, key: "use_sliding_window", value: "true", supported: ["false"])
    }
    guard let vision else { return }
    let visionSizes = [
      vision.hiddenSize, vision.intermediateSize, vision.numHiddenLayers, vision.numAttentionHeads,
      vision.numChannels, vision.imageSize, vision.patchSize,
    ]
    try check(visionSizes.allSatisfy(Self.sizes.contains), "a size of the vision tower is below 1 or beyond reason")
    try check(vision.imageSize <= 8192, "image_size \(vision.imageSize): pictures are made up to 8192 pixels a side")
    try check(
      vision.hiddenSize % vision.numAttentionHeads == 0,
      "vision hidden_size \(vision.hiddenSize) is not a multiple of num_attention_heads \(vision.numAttentionHeads)")
    try check(vision.numChannels == 3, "num_channels \(vision.numChannels): pictures have 3")
    try check(vision.patchSize <= vision.imageSize, "patch_size \(vision.patchSize) exceeds image_size")
    let layers = vision.numHiddenLayers
    try check(
      (-layers - 1...layers).contains(featureLayer), "vision_feature_layer \(featureLayer) of \(layers) layers")
    try check(
      connector.factor >= 1 && vision.gridSide % connector.factor == 0,
      "\(vision.gridSide) patches along a side cannot be shuffled by \(connector.factor)")
    let rows = vision.rows - (dropsFirstRow ? 1 : 0)
    try check(
      connector.factor == 1 || rows == vision.patches,
      "pixel shuffle needs a square grid: drop the class token (vision_feature_select_strategy default), keep all else")
    try check(
      imageToken >= 0 && Int(imageToken) < language.vocabSize,
      "image token \(imageToken) is outside the vocabulary of \(language.vocabSize)")
  }
}
