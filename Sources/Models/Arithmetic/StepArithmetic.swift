/// The floating-point operations of matrix products (2·m·n·k each) that the loss of a batch and its gradients need: the
/// numerator of a model's FLOP utilisation, whatever a program may compute on top of it.
///
/// What is counted, for each sample that has a supervised position:
/// - Forward: patch embedding and the used layers of the vision tower, connector, decoder, and the head for supervised
///   positions alone. Positions behind the last one that is compared with a label reach no loss and do not count.
/// - Attention, q·kᵀ and p·v, for pairs of a query and a key that it sees: half of all under a causal mask.
/// - Of the last decoder layer keys and values at every position, but queries, output and perceptron where a label is
///   supervised, for nothing else of it reaches the loss; of the last used layer of a tower those of the kept rows.
/// - Input gradients where something upstream in the sample trains, as much again as the forward product and for
///   attention twice; weight gradients where the part trains, as much again.
///
/// Not counted: what is no matrix product (norms, activations, softmax, embeddings, the optimizer), and what a program
/// computes a second time to save memory, such as attention's probabilities or recomputed layers.
public struct StepArithmetic: Sendable, Equatable {
  /// For which positions the last decoder layer counts.
  public enum LastLayer: Sendable {
    /// What the loss needs.
    case supervisedPositions
    /// Every layer at every position of the batch, as the usual estimate has it; the head still for supervised ones.
    case allPositions
  }

  public private(set) var forward = 0.0
  public private(set) var inputGradients = 0.0
  public private(set) var weightGradients = 0.0

  public var total: Double { forward + inputGradients + weightGradients }

  /// `samples`: what the batch holds. `trained`: the parts that train, each of them whole.
  public init(
    configuration: ModelConfiguration, samples: [SampleExtent], trained: TrainedParts,
    lastLayer: LastLayer = .supervisedPositions
  ) {
    for sample in samples where !sample.supervisedRows.isEmpty {
      if let vision = configuration.vision {
        count(
          vision, featureLayer: configuration.featureLayer, dropsFirstRow: configuration.dropsFirstRow, sample, trained)
        count(
          configuration.connector, visionWidth: vision.hiddenSize, languageWidth: configuration.language.hiddenSize,
          tokens: sample.images * configuration.imageTokens, trained)
      }
      count(configuration.language, sample, trained, lastLayer)
    }
  }

  private mutating func count(
    _ vision: VisionConfiguration, featureLayer: Int, dropsFirstRow: Bool, _ sample: SampleExtent,
    _ trained: TrainedParts
  ) {
    let (images, width, inner) = (sample.images, vision.hiddenSize, vision.intermediateSize)
    let trains = trained.contains(.vision)
    let pixels = vision.numChannels * vision.patchSize * vision.patchSize
    // Pixels get no gradient.
    product(rows: images * vision.patches, pixels, width, trains: trains, upstream: false)
    let layers = vision.layersUsed(featureLayer: featureLayer)
    for layer in 0..<layers {
      // The class token's row is dropped behind the last layer, and until then other rows see it.
      let rows = vision.rows
      let kept = layer == layers - 1 && dropsFirstRow ? rows - 1 : rows
      for _ in 0..<2 { product(rows: images * rows, width, width, trains: trains, upstream: trains) }
      for _ in 0..<2 { product(rows: images * kept, width, width, trains: trains, upstream: trains) }
      attention(pairs: Double(images * kept) * Double(rows), width: width, gradients: trains)
      product(rows: images * kept, width, inner, trains: trains, upstream: trains)
      product(rows: images * kept, inner, width, trains: trains, upstream: trains)
    }
  }

  private mutating func count(
    _ connector: ConnectorConfiguration, visionWidth: Int, languageWidth: Int, tokens: Int, _ trained: TrainedParts
  ) {
    let trains = trained.contains(.connector)
    let inputs = visionWidth * connector.factor * connector.factor
    // The pixel shuffle has a norm with weights before the first product.
    let upstream = trained.contains(.vision) || (trains && connector.kind == .pixelShuffle)
    product(rows: tokens, inputs, languageWidth, trains: trains, upstream: upstream)
    guard connector.kind != .linear else { return }
    product(rows: tokens, languageWidth, languageWidth, trains: trains, upstream: upstream || trains)
  }

  private mutating func count(
    _ language: LanguageConfiguration, _ sample: SampleExtent, _ trained: TrainedParts, _ lastLayer: LastLayer
  ) {
    let (width, inner) = (language.hiddenSize, language.intermediateSize)
    let queries = language.numAttentionHeads * language.headDim
    let keys = language.numKeyValueHeads * language.headDim
    let trains = trained.contains(.language)
    // Every layer begins with a norm whose weights are the layer's.
    let upstream =
      trains || trained.contains(.embeddings)
      || (sample.images > 0 && !trained.isDisjoint(with: [.vision, .connector]))
    let all = lastLayer == .allPositions
    let rows = all ? sample.length : (sample.supervisedRows.last ?? -1) + 1
    for layer in 0..<language.numHiddenLayers {
      let chosen = layer == language.numHiddenLayers - 1 && !all
      let out = chosen ? sample.supervisedRows.count : rows
      // Row t sees t + 1 keys.
      let pairs =
        chosen
        ? sample.supervisedRows.reduce(0.0) { $0 + Double($1 + 1) } : Double(rows) * Double(rows + 1) / 2
      for _ in 0..<2 { product(rows: rows, width, keys, trains: trains, upstream: upstream) }
      product(rows: out, width, queries, trains: trains, upstream: upstream)
      attention(pairs: pairs, width: queries, gradients: upstream)
      product(rows: out, queries, width, trains: trains, upstream: upstream)
      for _ in 0..<2 { product(rows: out, width, inner, trains: trains, upstream: upstream) }
      product(rows: out, inner, width, trains: trains, upstream: upstream)
    }
    let head: TrainedParts = language.tieWordEmbeddings ? .embeddings : .head
    product(
      rows: sample.supervisedRows.count, width, language.vocabSize, trains: trained.contains(head), upstream: upstream)
  }

  /// `y = x · weightᵀ`: x [rows, inputs] -> [rows, outputs].
  private mutating func product(rows: Int, _ inputs: Int, _ outputs: Int, trains: Bool, upstream: Bool) {
    let operations = 2 * Double(rows) * Double(inputs) * Double(outputs)
    forward += operations
    if upstream { inputGradients += operations }
    if trains { weightGradients += operations }
  }

  /// Scores and weighted sums over `pairs` of a query and a key, `width` channels in all heads. Backward there are four
  /// such products: to the probabilities, values, queries and keys.
  private mutating func attention(pairs: Double, width: Int, gradients: Bool) {
    let operations = 4 * pairs * Double(width)
    forward += operations
    if gradients { inputGradients += 2 * operations }
  }
}
