import Autograd
import Kernels
import Layers

// Letters: N tokens of a batch of samples laid one behind the other, S of them selected, D width, V vocabulary.

/// `LlamaForCausalLM` and `Qwen2ForCausalLM` of transformers.
public struct LanguageModel {
  public let configuration: LanguageConfiguration
  public let embedding: Embedding
  let layers: [DecoderLayer]
  let norm: RMSNorm
  /// The output matrix [V, D]: the embedding itself where they are tied.
  public let head: Parameter

  public init(_ scope: Scope, configuration: LanguageConfiguration) throws(ParameterError) {
    self.configuration = configuration
    let initial = Initialization.normal(configuration.initializerRange)
    let model = scope["model"]
    embedding = try Embedding(
      model["embed_tokens"], count: configuration.vocabSize, width: configuration.hiddenSize, initial: initial)
    var built: [DecoderLayer] = []
    for index in 0..<configuration.numHiddenLayers {
      built.append(try DecoderLayer(model["layers"][index], configuration: configuration))
    }
    layers = built
    norm = try RMSNorm(model["norm"], width: configuration.hiddenSize, epsilon: configuration.rmsNormEps)
    if configuration.tieWordEmbeddings {
      head = embedding.weight
      try scope["lm_head"].alias("weight", of: head)
    } else {
      head = try scope["lm_head"].parameter(
        "weight", shape: [configuration.vocabSize, configuration.hiddenSize], initial: initial)
    }
  }

  /// Final hidden states, normed, of the rows `selected`: x [N, D] -> [S, D].
  ///
  /// The last layer computes queries, output and perceptron for the selected rows alone: nothing else of it reaches them.
  /// `starts` are the cumulative lengths of the samples; with `caches` the batch is one sample that goes on.
  public func hiddenStates(
    _ x: Variable, positions: [Int32], starts: [Int], selected: [Int32], caches: [KeyValueCache]? = nil
  ) -> Variable {
    let frequencies = configuration.rope.inverseFrequencies(headDim: configuration.headDim)
    let table = RotaryTable(positions: positions, inverseFrequencies: frequencies)
    let chosenTable = RotaryTable(
      positions: selected.map { positions[Int($0)] }, inverseFrequencies: frequencies)
    let rows = DecoderRows(
      configuration: configuration, starts: starts, earlier: caches?.first?.count ?? 0, selected: selected)
    var x = x
    for (index, layer) in layers.enumerated() {
      let last = index == layers.count - 1
      x = layer(
        x, selected: last ? selected : nil, queryTable: last ? chosenTable : table, contextTable: table,
        layout: last ? rows.selected : rows.all, cache: caches?[index])
    }
    return norm(x)
  }

  /// Empty caches for generating up to `capacity` tokens.
  public func makeCaches(capacity: Int) -> [KeyValueCache] {
    layers.map { _ in
      KeyValueCache(capacity: capacity, width: configuration.numKeyValueHeads * configuration.headDim)
    }
  }
}

/// One decoder layer: attention and gated perceptron, each behind an RMS norm and around a residual.
struct DecoderLayer {
  let inputNorm: RMSNorm
  let attention: DecoderAttention
  let postNorm: RMSNorm
  let mlp: GatedMLP
  private let parameters: [Parameter]

  init(_ scope: Scope, configuration: LanguageConfiguration) throws(ParameterError) {
    let (width, epsilon) = (configuration.hiddenSize, configuration.rmsNormEps)
    let initial = Initialization.normal(configuration.initializerRange)
    let qwen = configuration.modelType == .qwen2
    inputNorm = try RMSNorm(scope["input_layernorm"], width: width, epsilon: epsilon)
    attention = try DecoderAttention(
      scope["self_attn"],
      shape: DecoderAttentionShape(
        width: width, queryHeads: configuration.numAttentionHeads, keyHeads: configuration.numKeyValueHeads,
        headWidth: configuration.headDim, inputBias: qwen || configuration.attentionBias,
        outputBias: !qwen && configuration.attentionBias),
      initial: initial)
    postNorm = try RMSNorm(scope["post_attention_layernorm"], width: width, epsilon: epsilon)
    mlp = try GatedMLP(
      scope["mlp"], width: width, inner: configuration.intermediateSize, bias: configuration.mlpBias, initial: initial)
    parameters = scope.parameters
  }

  /// x [N, D] -> [N, D], or [S, D] for the `selected` rows alone.
  func callAsFunction(
    _ x: Variable, selected: [Int32]?, queryTable: RotaryTable, contextTable: RotaryTable, layout: AttentionLayout,
    cache: KeyValueCache?
  ) -> Variable {
    x.layer(parameters) { x in
      let normed = inputNorm(x)
      let attended = attention(
        queries: selected.map { normed.rows($0) } ?? normed, context: normed,
        residual: selected.map { x.rows($0) } ?? x, queryTable: queryTable, contextTable: contextTable, layout: layout,
        cache: cache)
      return mlp(postNorm(attended), residual: attended)
    }
  }
}
