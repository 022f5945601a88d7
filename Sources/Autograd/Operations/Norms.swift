import Kernels
import Tensors

extension Variable {
  /// Root-mean-square norm of each row: self [N, D], weight [D] -> [N, D].
  public func rmsNorm(_ weight: Parameter, epsilon: Float) -> Variable {
    let (x, w, slot) = (value, weight.value, slot)
    let (y, r) = Kernels.rmsNorm(x, weight: w, epsilon: epsilon)
    let again = { rmsNormAgain(x, weight: w, r: r) }
    return .record(y, inputs: [self], parameters: [weight], remake: again) { dy, gradients in
      if let target = weight.gradient { rmsNormWeightGradient(dy, x: x, r: r, into: target) }
      gradients.combine(slot) { rmsNormInputGradient(dy, x: x, weight: w, r: r, residual: $0) }
    }
  }

  /// Layer norm of each row: self [N, D], weight and bias [D] -> [N, D].
  public func layerNorm(_ weight: Parameter, bias: Parameter, epsilon: Float) -> Variable {
    let (x, w, b, slot) = (value, weight.value, bias.value, slot)
    let (y, statistics) = Kernels.layerNorm(x, weight: w, bias: b, epsilon: epsilon)
    let again = { layerNormAgain(x, weight: w, bias: b, statistics: statistics) }
    return .record(y, inputs: [self], parameters: [weight, bias], remake: again) { dy, gradients in
      layerNormParameterGradients(
        dy, x: x, statistics: statistics, intoWeight: weight.gradient, intoBias: bias.gradient)
      gradients.combine(slot) {
        layerNormInputGradient(dy, x: x, weight: w, statistics: statistics, residual: $0)
      }
    }
  }
}
