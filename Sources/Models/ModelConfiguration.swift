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

  /// Layers of the vision tower that the used features depend on; nil without a tower.
  public var visionLayersUsed: Int? { vision?.layersUsed(featureLayer: featureLayer) }

  /// Beyond these a typing error is likelier than a model, and products of two would not fit an integer.
  private static let sizes = 1...1 << 24

  /// Checks what the layers will rely on; `path` is for messages.
  public func validate(path: String) throws(ModelError) {
    func check(_ condition: Bool, _ key: String, _ reason: @autoclosure () -> String) throws(ModelError) {
      if !condition { throw .setting(path: path, key: key, reason: reason()) }
    }
    func check(sizes: KeyValuePairs<String, Int>, of part: String) throws(ModelError) {
      for (name, size) in sizes {
        try check(Self.sizes.contains(size), part + name, "\(size) is not from 1 to \(Self.sizes.upperBound)")
      }
    }
    let part = vision == nil ? "" : "text_config."
    try check(
      sizes: [
        "vocab_size": language.vocabSize, "hidden_size": language.hiddenSize,
        "intermediate_size": language.intermediateSize, "num_hidden_layers": language.numHiddenLayers,
        "num_attention_heads": language.numAttentionHeads, "num_key_value_heads": language.numKeyValueHeads,
        "head_dim": language.headDim,
      ], of: part)
    try check(
      language.numAttentionHeads % language.numKeyValueHeads == 0, part + "num_attention_heads",
      "\(language.numAttentionHeads) is not a multiple of num_key_value_heads \(language.numKeyValueHeads)")
    try check(language.headDim % 2 == 0, part + "head_dim", "\(language.headDim) is odd")
    if let fault = language.rope.fault {
      throw .setting(path: path, key: part + "rope_parameters." + fault.key, reason: fault.reason)
    }
    guard language.hiddenAct == "silu" else {
      throw .unsupported(path: path, key: part + "hidden_act", value: language.hiddenAct, supported: ["silu"])
    }
    guard !language.useSlidingWindow else {
      throw .unsupported(path: path, key: part + "use_sliding_window", value: "true", supported: ["false"])
    }
    guard let vision else { return }
    try check(
      sizes: [
        "hidden_size": vision.hiddenSize, "intermediate_size": vision.intermediateSize,
        "num_hidden_layers": vision.numHiddenLayers, "num_attention_heads": vision.numAttentionHeads,
        "num_channels": vision.numChannels, "image_size": vision.imageSize, "patch_size": vision.patchSize,
      ], of: "vision_config.")
    try check(
      vision.imageSize <= 8192, "vision_config.image_size",
      "\(vision.imageSize) is too large, pictures are made up to 8192 pixels a side")
    try check(
      vision.hiddenSize % vision.numAttentionHeads == 0, "vision_config.hidden_size",
      "\(vision.hiddenSize) is not a multiple of num_attention_heads \(vision.numAttentionHeads)")
    try check(
      vision.numChannels == 3, "vision_config.num_channels", "\(vision.numChannels) channels, but pictures have 3")
    try check(
      vision.patchSize <= vision.imageSize, "vision_config.patch_size",
      "\(vision.patchSize) exceeds image_size \(vision.imageSize)")
    let layers = vision.numHiddenLayers
    try check(
      (-layers - 1...layers).contains(featureLayer), "vision_feature_layer",
      "\(featureLayer) is not from \(-layers - 1) to \(layers), num_hidden_layers is \(layers)")
    try check(
      connector.factor >= 1 && vision.gridSide % connector.factor == 0, "connector.factor",
      "\(vision.gridSide) patches along a side cannot be shuffled by \(connector.factor)")
    let rows = vision.rows - (dropsFirstRow ? 1 : 0)
    try check(
      connector.factor == 1 || rows == vision.patches, "vision_feature_select_strategy",
      "pixel shuffle needs a square grid of patches: drop the class token where there is one, and keep all else")
    try check(
      imageToken >= 0 && Int(imageToken) < language.vocabSize, "image_token_id",
      "\(imageToken) is outside the vocabulary of \(language.vocabSize)")
  }
}
