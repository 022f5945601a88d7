import Autograd

/// `nn.Embedding` of PyTorch: a table [vocabulary, width] whose rows are looked up.
public struct Embedding {
  public let weight: Parameter

  public init(_ scope: Scope, count: Int, width: Int, initial: Initialization) throws(ParameterError) {
    weight = try scope.parameter("weight", shape: [count, width], initial: initial)
  }

  /// N token ids -> [N, width]. `tape`: nil in inference.
  public func callAsFunction(_ ids: [Int32], on tape: Tape?) -> Variable { weight.rows(ids, on: tape) }
}
