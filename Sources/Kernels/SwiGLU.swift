import Tensors

/// `y = silu(gate) · up`, element by element: the inner product of Llama's MLP.
public func swiGLU(gate: Tensor, up: Tensor) -> Tensor {
  precondition(gate.count == up.count, "swiGLU: gate \(gate.shape), up \(up.shape)")
  let y = Tensor(uninitialized: gate.shape)
  let (g, u, out) = (gate.pointer, up.pointer, y.sharedPointer)
  parallel(y.count, grain: elementGrain) { range in
    for i in range { out[i] = g[i] * sigmoid(g[i]) * u[i] }
  }
  return y
}

/// `dGate = dy · up · silu'(gate)` and `dUp = dy · silu(gate)`, in one pass.
public func swiGLUGradient(_ dy: Tensor, gate: Tensor, up: Tensor) -> (dGate: Tensor, dUp: Tensor) {
  let (dGate, dUp) = (Tensor(uninitialized: gate.shape), Tensor(uninitialized: up.shape))
  let (d, g, u, outGate, outUp) = (dy.pointer, gate.pointer, up.pointer, dGate.sharedPointer, dUp.sharedPointer)
  parallel(dy.count, grain: elementGrain) { range in
    for i in range {
      let s = sigmoid(g[i])
      let silu = g[i] * s
      outGate[i] = d[i] * u[i] * (s + silu * (1 - s))
      outUp[i] = d[i] * silu
    }
  }
  return (dGate, dUp)
}
