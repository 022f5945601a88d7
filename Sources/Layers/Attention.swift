import Autograd
import Kernels

/// The bidirectional self-attention of CLIP and SigLIP.
public struct VisionAttention {
  let q: Linear
  let k: Linear
  let v: Linear
  let out: Linear

  public init(_ scope: Scope, width: Int, initial: Initialization) throws(ParameterError) {
    q = try Linear(scope["q_proj"], in: width, out: width, bias: true, initial: initial)
    k = try Linear(scope["k_proj"], in: width, out: width, bias: true, initial: initial)
    v = try Linear(scope["v_proj"], in: width, out: width, bias: true, initial: initial)
    out = try Linear(scope["out_proj"], in: width, out: width, bias: true, initial: initial)
  }

  /// x [N, width] -> residual + [N, width]
  public func callAsFunction(_ x: Variable, residual: Variable, layout: AttentionLayout) -> Variable {
    out(q(x).attention(keys: k(x), values: v(x), layout: layout), residual: residual)
  }
}

/// The shape of a decoder's attention.
public struct DecoderAttentionShape: Sendable, Equatable {
  public let width: Int
  public let queryHeads: Int
  public let keyHeads: Int
  public let headWidth: Int
  /// Qwen2 has biases on q, k, v but not on o; Llama's `attention_bias` is for all four.
  public let inputBias: Bool
  public let outputBias: Bool

  public init(width: Int, queryHeads: Int, keyHeads: Int, headWidth: Int, inputBias: Bool, outputBias: Bool) {
    self.width = width
    self.queryHeads = queryHeads
    self.keyHeads = keyHeads
    self.headWidth = headWidth
    self.inputBias = inputBias
    self.outputBias = outputBias
  }
}

/// Llama's and Qwen2's self-attention: rotary positions, query heads sharing key heads in groups.
public struct DecoderAttention {
  let q: Linear
  let k: Linear
  let v: Linear
  let o: Linear

  public init(_ scope: Scope, shape: DecoderAttentionShape, initial: Initialization) throws(ParameterError) {
    let (queries, keys) = (shape.queryHeads * shape.headWidth, shape.keyHeads * shape.headWidth)
    q = try Linear(scope["q_proj"], in: shape.width, out: queries, bias: shape.inputBias, initial: initial)
    k = try Linear(scope["k_proj"], in: shape.width, out: keys, bias: shape.inputBias, initial: initial)
    v = try Linear(scope["v_proj"], in: shape.width, out: keys, bias: shape.inputBias, initial: initial)
    o = try Linear(scope["o_proj"], in: queries, out: shape.width, bias: shape.outputBias, initial: initial)
  }

  /// Attention of the rows `queries` (normed, [Q, width]) over `context` (normed, [K, width]); in most layers both are the
  /// same rows. With a cache, the context's keys are appended to those of earlier calls.
  public func callAsFunction(
    queries: Variable, context: Variable, residual: Variable, queryTable: RotaryTable, contextTable: RotaryTable,
    layout: AttentionLayout, cache: KeyValueCache? = nil
  ) -> Variable {
    var keys = k(context).rotated(by: contextTable)
    var values = v(context)
    if let cache {
      let all = cache.append(keys.value, values.value)
      (keys, values) = (Variable(all.keys), Variable(all.values))
    }
    return o(
      q(queries).rotated(by: queryTable).attention(keys: keys, values: values, layout: layout), residual: residual)
  }
}
