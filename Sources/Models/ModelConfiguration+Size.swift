// Letters: D width, I inner width of a perceptron, V vocabulary.

extension ModelConfiguration {
  /// Numbers in all parameters that a model of this configuration asks for, known before any of them is there.
  ///
  /// A file's tensors that a model carries along unused are not counted. Beyond ``mostParameters`` it is that.
  public var parameterCount: Int {
    var count = Self.count(language)
    if let vision {
      count += Self.count(vision) + Self.count(connector, from: vision.hiddenSize, to: language.hiddenSize)
    }
    return Int(min(count, Double(Self.mostParameters)))
  }

  /// More than any machine holds, and few enough that the bytes of many ranks fit an integer.
  public static let mostParameters = 1 << 48

  // In floating point: sizes of a misspelt recipe multiply to more than an integer holds; those of a model are exact.

  private static func count(_ c: LanguageConfiguration) -> Double {
    let (width, inner) = (Double(c.hiddenSize), Double(c.intermediateSize))
    let queries = Double(c.numAttentionHeads) * Double(c.headDim)
    let keys = Double(c.numKeyValueHeads) * Double(c.headDim)
    let qwen = c.modelType == .qwen2
    var layer = 2 * width + width * (2 * queries + 2 * keys) + 3 * width * inner
    if qwen || c.attentionBias { layer += queries + 2 * keys }
    if !qwen, c.attentionBias { layer += width }
    if c.mlpBias { layer += 2 * inner + width }
    let tables = Double(c.vocabSize) * width * (c.tieWordEmbeddings ? 1 : 2)
    return tables + Double(c.numHiddenLayers) * layer + width
  }

  private static func count(_ c: VisionConfiguration) -> Double {
    let (width, inner) = (Double(c.hiddenSize), Double(c.intermediateSize))
    let layer = 4 * width + 4 * (width * width + width) + 2 * width * inner + inner + width
    let patch = Double(c.numChannels) * Double(c.patchSize) * Double(c.patchSize)
    // CLIP: class token and a norm in front, but no bias of the patches.
    let own = width * (c.modelType == .clip ? 3 : 1)
    return width * (patch + Double(c.rows)) + own + Double(c.numHiddenLayers) * layer
  }

  private static func count(_ c: ConnectorConfiguration, from vision: Int, to language: Int) -> Double {
    let inputs = Double(vision) * Double(c.factor) * Double(c.factor)
    let width = Double(language)
    var count = inputs * width + (c.bias ? width : 0)
    if c.kind != .linear { count += width * width + (c.bias ? width : 0) }
    if c.kind == .pixelShuffle { count += 2 * inputs }
    return count
  }
}
