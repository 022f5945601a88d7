import Autograd
import Kernels
import Models

// Letters: N tokens of a micro-batch, D width, I inner width of the perceptron, R rows of all images.

/// Bytes of activations that a micro-batch holds at its peak: where the backward pass begins.
///
/// Counts what `Variable.record` keeps, operation by operation; values that are made again (outputs of norms, of SwiGLU, of
/// activation functions) are not kept.
struct ActivationEstimate {
  let model: ModelConfiguration
  let precision: ProductPrecision
  let activations: Autograd.ActivationMemory
  /// Parts whose weights train; a connector under a frozen language model needs its activations all the same.
  let trainsVision: Bool
  let trainsLanguage: Bool
  /// How many of the vision tower's layers are recorded.
  let visionLayersTrained: Int

  /// `tokens`: N; `images`: pictures among them.
  func bytes(tokens: Int, images: Int) -> Int {
    MemoryPlan.bytes(4 * (language(Double(tokens)) + vision(Double(images))))
  }

  // In floating point: the largest batch of a recipe multiplies to more than an integer holds; usual ones are exact.

  /// Floats of the decoder and the head.
  private func language(_ tokens: Double) -> Double {
    let c = model.language
    let (queries, keys) = (c.numAttentionHeads * c.headDim, c.numKeyValueHeads * c.headDim)
    // Inputs of the two norms; queries, keys, values and result of attention; gate and up.
    var layer = 2 * c.hiddenSize + 2 * queries + 2 * keys + 2 * c.intermediateSize
    // Rounded operands are kept beside, at half the size.
    if precision == .bf16, trainsLanguage { layer += (2 * c.hiddenSize + queries + c.intermediateSize) / 2 }
    // A layer under way: gradients of gate, up and their product, and of the residual stream.
    let underWay = c.intermediateSize + 3 * c.hiddenSize
    let layers = Double(c.numHiddenLayers)
    let kept = activations == .keep ? layers * Double(layer) : layers * Double(c.hiddenSize) + Double(layer)
    return tokens * (kept + Double(underWay + 2 * c.hiddenSize)) + 0x3p20
  }

  /// Floats of the tower and the connector.
  private func vision(_ images: Double) -> Double {
    guard let c = model.vision, images > 0 else { return 0 }
    let rows = images * Double(c.rows)
    let pixels = images * Double(c.numChannels * c.imageSize * c.imageSize)
    let layer = 6 * c.hiddenSize + c.intermediateSize
    let underWay = 4 * c.hiddenSize + 2 * c.intermediateSize
    let trained = trainsVision ? visionLayersTrained : 0
    let kept = activations == .keep ? trained * layer : trained * c.hiddenSize + (trained > 0 ? layer : 0)
    let connector = c.hiddenSize + 2 * model.language.hiddenSize
    // A frozen tower is done, and its memory free again, before the decoder begins.
    return pixels + rows * Double(connector) + (trained > 0 ? rows * Double(kept + underWay) : 0)
  }
}
