import Autograd
import Kernels
import Layers

// Letters: B images, P patches, s shuffle factor, T = P / s² tokens, V vision width, H language width.

/// `LlavaMultiModalProjector` and `InternVLMultiModalProjector` of transformers.
public struct Connector {
  public let configuration: ConnectorConfiguration
  let norm: LayerNorm?
  let linear1: Linear
  let linear2: Linear?

  public init(
    _ scope: Scope, configuration: ConnectorConfiguration, visionWidth: Int, languageWidth: Int
  ) throws(ParameterError) {
    self.configuration = configuration
    let inputs = visionWidth * configuration.factor * configuration.factor
    norm =
      configuration.kind == .pixelShuffle ? try LayerNorm(scope["layer_norm"], width: inputs, epsilon: 1e-5) : nil
    linear1 = try Linear(
      scope["linear_1"], in: inputs, out: languageWidth, bias: configuration.bias, initial: .fanIn)
    linear2 =
      configuration.kind == .linear
      ? nil
      : try Linear(
        scope["linear_2"], in: languageWidth, out: languageWidth, bias: configuration.bias, initial: .fanIn)
  }

  /// features [B·P, V] -> [B·T, H]; `side`: patches along a side of an image.
  public func callAsFunction(_ features: Variable, side: Int) -> Variable {
    var x = features
    if configuration.factor > 1 {
      let width = features.shape[1]
      let rows = pixelShuffleRows(
        images: features.shape[0] / (side * side), side: side, factor: configuration.factor)
      let block = configuration.factor * configuration.factor
      x = x.rows(rows).reshaped([rows.count / block, block * width])
    }
    if let norm { x = norm(x) }
    x = linear1(x)
    guard let linear2 else { return x }
    return linear2(x.activated(configuration.activation))
  }
}
