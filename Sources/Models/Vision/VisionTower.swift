import Autograd
import Kernels
import Layers
import Tensors

// Letters: B images, P patches, R rows per image (P, or P + 1 with CLIP's class token), D width.

/// `SiglipVisionModel` and `CLIPVisionModel` of transformers, up to the layer whose features are used.
public struct VisionTower {
  public let configuration: VisionConfiguration
  let patchEmbedding: Linear
  let positionEmbedding: Parameter
  let classEmbedding: Parameter?
  let preNorm: LayerNorm?
  let layers: [VisionLayer]

  public init(_ scope: Scope, configuration: VisionConfiguration) throws(ParameterError) {
    self.configuration = configuration
    let (width, clip) = (configuration.hiddenSize, configuration.modelType == .clip)
    let embeddings = scope["embeddings"]
    classEmbedding = clip ? try embeddings.parameter("class_embedding", shape: [width], initial: .normal(0.02)) : nil
    patchEmbedding = try Linear(
      convolution: embeddings["patch_embedding"], channels: configuration.numChannels, patch: configuration.patchSize,
      out: width, bias: !clip)
    positionEmbedding = try embeddings["position_embedding"].parameter(
      "weight", shape: [configuration.rows, width], initial: .normal(0.02))
    // Spelt so in every CLIP checkpoint.
    preNorm = clip ? try LayerNorm(scope["pre_layrnorm"], width: width, epsilon: configuration.layerNormEps) : nil
    var built: [VisionLayer] = []
    for index in 0..<configuration.numHiddenLayers {
      built.append(try VisionLayer(scope["encoder"]["layers"][index], configuration: configuration))
    }
    layers = built
  }

  /// The hidden states after layer `featureLayer`, counted as transformers counts `hidden_states`: 0 is the input of the
  /// first layer, -1 the output of the last. pixels [B, 3, H, W] -> [B·R, D]. Layers behind it are not computed.
  public func callAsFunction(_ pixels: Variable, featureLayer: Int) -> Variable {
    let images = pixels.shape[0]
    let cut = Variable.patches(pixels, patch: configuration.patchSize)
    var x = patchEmbedding(cut)
    if let classEmbedding { x = x.prependingRow(classEmbedding, blockRows: configuration.patches) }
    x = x.addingRows(positionEmbedding)
    if let preNorm { x = preNorm(x) }
    let heads = configuration.numAttentionHeads
    let layout = AttentionLayout.full(
      heads: heads, headWidth: configuration.hiddenSize / heads,
      starts: (0...images).map { $0 * configuration.rows })
    for layer in layers.prefix(configuration.layersUsed(featureLayer: featureLayer)) { x = layer(x, layout: layout) }
    return x
  }
}

/// One encoder layer of CLIP or SigLIP: attention and perceptron, each behind a layer norm and around a residual.
struct VisionLayer {
  let norm1: LayerNorm
  let attention: VisionAttention
  let norm2: LayerNorm
  let mlp: MLP
  private let parameters: [Parameter]

  init(_ scope: Scope, configuration: VisionConfiguration) throws(ParameterError) {
    let (width, epsilon) = (configuration.hiddenSize, configuration.layerNormEps)
    norm1 = try LayerNorm(scope["layer_norm1"], width: width, epsilon: epsilon)
    attention = try VisionAttention(scope["self_attn"], width: width, initial: .fanIn)
    norm2 = try LayerNorm(scope["layer_norm2"], width: width, epsilon: epsilon)
    mlp = try MLP(
      scope["mlp"], width: width, inner: configuration.intermediateSize, activation: configuration.hiddenAct,
      initial: .fanIn)
    parameters = scope.parameters
  }

  /// x [B·R, D] -> [B·R, D]
  func callAsFunction(_ x: Variable, layout: AttentionLayout) -> Variable {
    x.layer(parameters) { x in
      let attended = attention(norm1(x), residual: x, layout: layout)
      return mlp(norm2(attended), residual: attended)
    }
  }
}
