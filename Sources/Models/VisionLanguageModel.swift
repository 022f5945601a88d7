import Autograd
import Kernels
import Layers
import Tensors

// Letters: N tokens, S supervised positions, B images, T tokens per image, D language width, V vocabulary; R rows of
// vision features per image, F vision width.

/// `LlavaForConditionalGeneration` of transformers: vision tower, connector, language model. Without a vision tower it is
/// a language model.
public struct VisionLanguageModel {
  public let configuration: ModelConfiguration
  public let store: ParameterStore
  let tower: VisionTower?
  let connector: Connector?
  public let language: LanguageModel

  /// Asks `store` for every parameter. Names are those under which transformers saves a LLaVA model.
  public init(configuration: ModelConfiguration, store: ParameterStore) throws(ParameterError) {
    self.configuration = configuration
    self.store = store
    let root = store.root
    if let vision = configuration.vision {
      tower = try VisionTower(root["vision_tower"], configuration: vision)
      try store.keepUnused(prefix: "vision_tower.")
      connector = try Connector(
        root["multi_modal_projector"], configuration: configuration.connector, visionWidth: vision.hiddenSize,
        languageWidth: configuration.language.hiddenSize)
    } else {
      tower = nil
      connector = nil
    }
    language = try LanguageModel(root["language_model"], configuration: configuration.language)
    // Some versions saved the rotary frequencies, which follow from the configuration.
    try store.finish { $0.hasSuffix("rotary_emb.inv_freq") || $0.hasSuffix("position_ids") }
  }

  /// Losses of all supervised positions, in order: negative log-likelihoods [S]. With a tape the gradients of the trainable
  /// parameters can then be had by walking it. `sample`: how an error message names the batch.
  public func losses(_ input: ModelInput, on tape: Tape? = nil, sample: String = "") throws(ModelError) -> [Float] {
    try score(input, on: tape, sample: sample).losses
  }

  /// The same, and for each position whether greedy decoding would have chosen its label.
  public func score(
    _ input: ModelInput, on tape: Tape? = nil, sample: String = ""
  ) throws(ModelError) -> (losses: [Float], correct: [Bool]) {
    let (rows, labels) = input.supervised
    guard !rows.isEmpty else { return ([], []) }
    let hidden = try hiddenStates(input, selected: rows, on: tape, sample: sample)
    return hidden.headLosses(language.head, labels: labels)
  }

  /// Logits at the given rows: [rows, V].
  public func logits(
    _ input: ModelInput, rows: [Int32], caches: [KeyValueCache]? = nil, sample: String = ""
  ) throws(ModelError) -> Tensor {
    let hidden = try hiddenStates(input, selected: rows, on: nil, caches: caches, sample: sample)
    return Kernels.linear(hidden.value, weight: language.head.value)
  }

  /// Image features as the language model sees them: pixels [B, 3, H, W] -> [B·T, D].
  public func imageFeatures(_ pixels: Tensor, on tape: Tape? = nil) -> Variable? {
    towerFeatures(pixels, on: tape).flatMap(connected)
  }

  /// What the connector is given: pixels [B, 3, H, W] -> [B·R, F]. While the tower is frozen it depends on the pixels
  /// alone.
  public func towerFeatures(_ pixels: Tensor, on tape: Tape? = nil) -> Variable? {
    guard let tower else { return nil }
    let input = tape?.constant(pixels) ?? Variable(pixels)
    var features = tower(input, featureLayer: configuration.featureLayer)
    if configuration.dropsFirstRow {
      let block = Int32(tower.configuration.rows)
      features = features.rows((0..<Int32(features.shape[0])).filter { $0 % block != 0 })
    }
    return features
  }

  /// The connector's part of `imageFeatures`: [B·R, F] -> [B·T, D].
  private func connected(_ features: Variable) -> Variable? {
    guard let tower, let connector else { return nil }
    return connector(features, side: tower.configuration.gridSide)
  }

  private func imageFeatures(of input: ModelInput, on tape: Tape?) -> Variable? {
    if let features = input.features { return connected(tape?.constant(features) ?? Variable(features)) }
    return input.pixels.flatMap { imageFeatures($0, on: tape) }
  }

  private func hiddenStates(
    _ input: ModelInput, selected: [Int32], on tape: Tape?, caches: [KeyValueCache]? = nil, sample: String
  ) throws(ModelError) -> Variable {
    let places = input.tokens.indices.filter { input.tokens[$0] == configuration.imageToken }.map { Int32($0) }
    let images = input.features.map { $0.shape[0] / max(1, configuration.featureRows) } ?? input.pixels?.shape[0] ?? 0
    guard places.count == images * configuration.imageTokens else {
      throw .imageFeatures(sample: sample, placeholders: places.count, features: images * configuration.imageTokens)
    }
    var x = language.embedding(input.tokens, on: tape)
    if images > 0, let features = imageFeatures(of: input, on: tape) {
      x = x.replacingRows(places, with: features)
    }
    let earlier = Int32(caches?.first?.count ?? 0)
    return language.hiddenStates(
      x, positions: earlier == 0 ? input.positions : input.positions.map { $0 + earlier }, starts: input.starts,
      selected: selected, caches: caches)
  }
}

extension VisionLanguageModel {
  /// Encoder layers that the used features depend on.
  public var visionLayersUsed: Int { configuration.visionLayersUsed ?? 0 }

  /// The encoder layer a parameter of the vision tower belongs to; nil for embeddings and norms outside the layers.
  public func visionLayer(of name: String) -> Int? {
    let prefix = "vision_tower.encoder.layers."
    guard name.hasPrefix(prefix) else { return nil }
    return Int(name.dropFirst(prefix.count).prefix { $0 != "." })
  }

  /// Whether the loss depends on a parameter of the vision tower: not on layers behind the feature layer, nor on the
  /// final norm and the pooling head that a checkpoint carries along.
  public func usesVisionParameter(_ name: String) -> Bool {
    if let layer = visionLayer(of: name) { return layer < visionLayersUsed }
    return name.hasPrefix("vision_tower.embeddings.") || name.hasPrefix("vision_tower.pre_layrnorm.")
  }
}
