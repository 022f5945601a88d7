import Profiling
import Tensors

/// `y = silu(gate) · up`, element by element: the inner product of Llama's MLP.
public func swiGLU(gate: Tensor, up: Tensor) -> Tensor {
  let span = Profile.operation("swiglu forward")
  defer { span.end() }
  precondition(gate.count == up.count, "swiGLU: gate \(gate.shape), up \(up.shape)")
  let y = Tensor(uninitialized: gate.shape)
  let (g, u, out) = (gate.pointer, up.pointer, y.sharedPointer)
  parallel(y.count, grain: elementGrain) { range in
    for i in range { out[i] = g[i] * sigmoid(g[i]) * u[i] }
  }
  return y
}

/// `dGate = dy · up · silu'(gate)` and `dUp = dy · silu(gate)`, in one pass, in the place of `gate` and `up`: their memory
/// serves again where nobody else holds them.
public func swiGLUGradient(_ dy: Tensor, gate: inout Tensor, up: inout Tensor) {
  let span = Profile.operation("swiglu backward")
  defer { span.end() }
  let (d, g, u) = (dy.pointer, gate.mutablePointer(), up.mutablePointer())
  parallel(dy.count, grain: elementGrain) { range in
    for i in range {
      let s = sigmoid(g[i])
      let silu = g[i] * s
      let slope = s + silu * (1 - s)
      g[i] = d[i] * u[i] * slope
      u[i] = d[i] * silu
    }
  }
}
