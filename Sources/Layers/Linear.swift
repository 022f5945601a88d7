import Autograd

/// `y = x · weightᵀ + bias`: `nn.Linear` of PyTorch, weight [out, in].
public struct Linear {
  let weight: Parameter
  let bias: Parameter?

  public init(
    _ scope: Scope, in inputs: Int, out outputs: Int, bias hasBias: Bool, initial: Initialization
  ) throws(ParameterError) {
    weight = try scope.parameter("weight", shape: [outputs, inputs], initial: initial)
    bias = hasBias ? try scope.parameter("bias", shape: [outputs], initial: .zeros) : nil
  }

  /// x [N, in] -> [N, out], plus `residual` [N, out] where one is given.
  public func callAsFunction(_ x: Variable, residual: Variable? = nil) -> Variable {
    x.linear(weight, bias: bias, residual: residual)
  }
}

extension Linear {
  /// A convolution whose stride is its size, as a linear map of patches: weight [out, channels, patch, patch].
  public init(
    convolution scope: Scope, channels: Int, patch: Int, out outputs: Int, bias hasBias: Bool
  ) throws(ParameterError) {
    weight = try scope.parameter("weight", shape: [outputs, channels, patch, patch], initial: .fanIn)
    bias = hasBias ? try scope.parameter("bias", shape: [outputs], initial: .zeros) : nil
  }
}
