import Profiling
import Tensors

// Letters: N rows, I input width, O output width. Weight is [O, I] as in every Hugging Face checkpoint.

/// `y = x · weightᵀ + bias (+ residual)` with bf16 operands: x [N, I], weight [O, I], bias [O], residual [N, O] -> [N, O].
public func linear(
  _ x: BFloat16Tensor, weight: BFloat16Tensor, bias: Tensor? = nil, residual: Tensor? = nil
) -> Tensor {
  let (outputs, inputs) = (weight.shape[0], weight.shape[1])
  precondition(x.shape.last == inputs, "linear: x \(x.shape), weight \(weight.shape)")
  let rows = inputs == 0 ? 0 : x.count / inputs
  let span = Profile.operation("linear forward", flops: 2 * rows * outputs * inputs)
  defer { span.end() }
  let y = Tensor(uninitialized: [rows, outputs])
  let laid = lay(residual, into: y)
  matrixProduct(
    x.pointer, lda: inputs, weight.pointer, .transposed, ldb: inputs, into: y.sharedPointer, ldc: outputs,
    m: rows, n: outputs, k: inputs, accumulates: laid, bias: bias?.pointer)
  return y
}

/// `dx = dy · weight (+ dx)`: dy [N, O] -> dx [N, I].
public func linearInputGradient(
  _ dy: BFloat16Tensor, weight: BFloat16Tensor, into dx: UnsafeMutablePointer<Float>, beta: Float
) {
  let (outputs, inputs) = (weight.shape[0], weight.shape[1])
  let span = Profile.operation("linear backward: input", flops: 2 * dy.count * inputs)
  defer { span.end() }
  matrixProduct(
    dy.pointer, lda: outputs, weight.pointer, ldb: inputs, into: dx, ldc: inputs,
    m: dy.count / outputs, n: inputs, k: outputs, accumulates: beta != 0)
}

/// `dWeight += dyᵀ · x`: dy [N, O], x [N, I] -> [O, I].
public func linearWeightGradient(_ dy: BFloat16Tensor, x: BFloat16Tensor, into dWeight: UnsafeMutablePointer<Float>) {
  let (outputs, inputs) = (dy.shape[1], x.shape.last ?? 0)
  let span = Profile.operation("linear backward: weight", flops: 2 * dy.count * inputs)
  defer { span.end() }
  matrixProduct(
    dy.pointer, .transposed, lda: outputs, x.pointer, ldb: inputs, into: dWeight, ldc: inputs,
    m: outputs, n: inputs, k: dy.shape[0], accumulates: true)
}
