import Kernels
import Tensors

extension Variable {
  /// An activation function, element by element.
  public func activated(_ function: Activation) -> Variable {
    let (x, slot) = (value, slot)
    return .record(activate(x, function), inputs: [self]) { dy, gradients in
      gradients.add(activationGradient(dy, x: x, function), to: slot)
    }
  }

  /// `silu(self) · up`, element by element: self is the gate.
  public func swiGLU(up: Variable) -> Variable {
    let (gate, upValue, slot, upSlot) = (value, up.value, slot, up.slot)
    return .record(Kernels.swiGLU(gate: gate, up: upValue), inputs: [self, up]) { dy, gradients in
      let (dGate, dUp) = swiGLUGradient(dy, gate: gate, up: upValue)
      gradients.add(dGate, to: slot)
      gradients.add(dUp, to: upSlot)
    }
  }
}
