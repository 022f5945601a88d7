import Kernels
import Tensors

extension Variable {
  /// `self · weightᵀ + bias (+ residual)`: self [N, I], weight [O, I], bias [O], residual [N, O] -> [N, O].
  ///
  /// In bf16 the operands of all three products are rounded, sums and results are not, and the rounded `self` is what
  /// stays for the backward pass.
  public func linear(_ weight: Parameter, bias: Parameter? = nil, residual: Variable? = nil) -> Variable {
    switch weight.precision {
    case .fp32: singleLinear(weight, bias: bias, residual: residual)
    case .bf16: roundedLinear(weight, bias: bias, residual: residual)
    }
  }

  private func roundedLinear(_ weight: Parameter, bias: Parameter?, residual: Variable?) -> Variable {
    let (x, w) = (bfloat16(), weight.bfloat16())
    let y = Kernels.linear(x, weight: w, bias: bias?.value, residual: residual?.value)
    let (shape, slot, residualSlot) = (x.shape, slot, residual?.slot)
    let kept = weight.isTrainable ? x : nil
    return .record(
      y, inputs: [self] + (residual.map { [$0] } ?? []), parameters: [weight] + (bias.map { [$0] } ?? [])
    ) { dy, gradients in
      if slot != nil || kept != nil {
        let rounded = BFloat16Tensor(rounding: dy)
        gradients.write(slot, shape: shape) { target, beta in
          linearInputGradient(rounded, weight: w, into: target, beta: beta)
        }
        if let kept, let target = weight.gradient { linearWeightGradient(rounded, x: kept, into: target) }
      }
      if let target = bias?.gradient { linearBiasGradient(dy, into: target) }
      gradients.add(dy, to: residualSlot)
    }
  }

  private func singleLinear(_ weight: Parameter, bias: Parameter?, residual: Variable?) -> Variable {
    // A convolution's weight [O, C, p, p] is used as the matrix [O, C·p·p] that it is in memory.
    let w = weight.value.reshaped([weight.shape[0], weight.count / weight.shape[0]])
    let y = Kernels.linear(value, weight: w, bias: bias?.value, residual: residual?.value)
    let (shape, slot, residualSlot) = (value.shape, slot, residual?.slot)
    var x = weight.isTrainable ? kept : nil
    return .record(
      y, inputs: [self] + (residual.map { [$0] } ?? []), parameters: [weight] + (bias.map { [$0] } ?? [])
    ) { dy, gradients in
      // The input first: where it was made again for this, it is gone before its gradient comes.
      if let x, let target = weight.gradient { linearWeightGradient(dy, x: x.tensor(), into: target) }
      x = nil
      gradients.write(slot, shape: shape) { target, beta in
        linearInputGradient(dy, weight: w, into: target, beta: beta)
      }
      if let target = bias?.gradient { linearBiasGradient(dy, into: target) }
      gradients.add(dy, to: residualSlot)
    }
  }
}
