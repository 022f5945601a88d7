import Kernels
import Tensors

extension Variable {
  /// An activation function, element by element.
  public func activated(_ function: Activation) -> Variable {
    let (x, slot) = (value, slot)
    let compute = { activate(x, function) }
    return .record(compute(), inputs: [self], remake: compute) { dy, gradients in
      gradients.add(activationGradient(dy, x: x, function), to: slot)
    }
  }

  /// `silu(self) · up`, element by element: self is the gate.
  public func swiGLU(up: Variable) -> Variable {
    let (kept, slot, upSlot) = (GateAndUp(gate: value, up: up.value), slot, up.slot)
    return .record(kept.product(), inputs: [self, up], remake: kept.product) { dy, gradients in
      var (gate, up) = kept.take()
      swiGLUGradient(dy, gate: &gate, up: &up)
      gradients.add(gate, to: slot)
      gradients.add(up, to: upSlot)
    }
  }
}

/// Holds both factors of a SwiGLU until the backward pass takes them: their memory is then the gradients'.
private final class GateAndUp {
  private var factors: (gate: Tensor, up: Tensor)?

  init(gate: Tensor, up: Tensor) { factors = (gate, up) }

  func product() -> Tensor {
    guard let factors else { preconditionFailure("swiGLU: the product is asked for after its gradient") }
    return Kernels.swiGLU(gate: factors.gate, up: factors.up)
  }

  func take() -> (gate: Tensor, up: Tensor) {
    guard let taken = factors else { preconditionFailure("swiGLU: the walk came here twice") }
    factors = nil
    return taken
  }
}
