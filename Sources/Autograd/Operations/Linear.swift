import Kernels
import Tensors

extension Variable {
  /// `self · weightᵀ + bias (+ residual)`: self [N, I], weight [O, I], bias [O], residual [N, O] -> [N, O].
  public func linear(_ weight: Parameter, bias: Parameter? = nil, residual: Variable? = nil) -> Variable {
    let x = value
    // A convolution's weight [O, C, p, p] is used as the matrix [O, C·p·p] that it is in memory.
    let w = weight.value.reshaped([weight.shape[0], weight.count / weight.shape[0]])
    let y = Kernels.linear(x, weight: w, bias: bias?.value, residual: residual?.value)
    let (slot, residualSlot) = (slot, residual?.slot)
    return .record(
      y, inputs: [self] + (residual.map { [$0] } ?? []), parameters: [weight] + (bias.map { [$0] } ?? [])
    ) { dy, gradients in
      gradients.write(slot, shape: x.shape) { target, beta in linearInputGradient(dy, weight: w, into: target, beta: beta) }
      if let target = weight.gradient { linearWeightGradient(dy, x: x, into: target) }
      if let target = bias?.gradient { linearBiasGradient(dy, into: target) }
      gradients.add(dy, to: residualSlot)
    }
  }
}
