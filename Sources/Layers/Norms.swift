import Autograd

/// `LlamaRMSNorm` in transformers, models/llama/modeling_llama.py.
public struct RMSNorm {
  let weight: Parameter
  let epsilon: Float

  public init(_ scope: Scope, width: Int, epsilon: Float) throws(ParameterError) {
    weight = try scope.parameter("weight", shape: [width], initial: .ones)
    self.epsilon = epsilon
  }

  /// x [N, width] -> [N, width]
  public func callAsFunction(_ x: Variable) -> Variable { x.rmsNorm(weight, epsilon: epsilon) }
}

/// `nn.LayerNorm` of PyTorch over the last axis.
public struct LayerNorm {
  let weight: Parameter
  let bias: Parameter
  let epsilon: Float

  public init(_ scope: Scope, width: Int, epsilon: Float) throws(ParameterError) {
    weight = try scope.parameter("weight", shape: [width], initial: .ones)
    bias = try scope.parameter("bias", shape: [width], initial: .zeros)
    self.epsilon = epsilon
  }

  /// x [N, width] -> [N, width]
  public func callAsFunction(_ x: Variable) -> Variable { x.layerNorm(weight, bias: bias, epsilon: epsilon) }
}
