import Autograd
import Kernels

/// The two-layer perceptron of CLIP and SigLIP (`fc1`, activation, `fc2`).
public struct MLP {
  let fc1: Linear
  let fc2: Linear
  let activation: Activation

  public init(
    _ scope: Scope, width: Int, inner: Int, activation: Activation, initial: Initialization
  ) throws(ParameterError) {
    fc1 = try Linear(scope["fc1"], in: width, out: inner, bias: true, initial: initial)
    fc2 = try Linear(scope["fc2"], in: inner, out: width, bias: true, initial: initial)
    self.activation = activation
  }

  /// x [N, width] -> residual + [N, width]
  public func callAsFunction(_ x: Variable, residual: Variable) -> Variable {
    fc2(fc1(x).activated(activation), residual: residual)
  }
}

/// Llama's gated perceptron: `down(silu(gate(x)) · up(x))`.
public struct GatedMLP {
  let gate: Linear
  let up: Linear
  let down: Linear

  public init(_ scope: Scope, width: Int, inner: Int, bias: Bool, initial: Initialization) throws(ParameterError) {
    gate = try Linear(scope["gate_proj"], in: width, out: inner, bias: bias, initial: initial)
    up = try Linear(scope["up_proj"], in: width, out: inner, bias: bias, initial: initial)
    down = try Linear(scope["down_proj"], in: inner, out: width, bias: bias, initial: initial)
  }

  /// x [N, width] -> residual + [N, width]
  public func callAsFunction(_ x: Variable, residual: Variable) -> Variable {
    down(gate(x).swiGLU(up: up(x)), residual: residual)
  }
}
