import Profiling
import Tensors

// Letters: N rows, I input width, O output width. Weight is [O, I] as in every Hugging Face checkpoint.

/// `y = x · weightᵀ + bias (+ residual)`: x [N, I], weight [O, I], bias [O], residual [N, O] -> [N, O].
///
/// The residual is laid into `y` first and the product is added to it; the bias comes with the product. Each saves a pass
/// over memory.
public func linear(_ x: Tensor, weight: Tensor, bias: Tensor? = nil, residual: Tensor? = nil) -> Tensor {
  let (outputs, inputs) = (weight.shape[0], weight.shape[1])
  let rows = inputs == 0 ? 0 : x.count / inputs
  precondition(x.shape.last == inputs, "linear: x \(x.shape), weight \(weight.shape)")
  let span = Profile.operation("linear forward", flops: 2 * rows * outputs * inputs)
  defer { span.end() }
  let y = Tensor(uninitialized: [rows, outputs])
  let laid = lay(residual, into: y)
  matrixProduct(
    x.pointer, lda: inputs, weight.pointer, .transposed, ldb: inputs, into: y.sharedPointer, ldc: outputs,
    m: rows, n: outputs, k: inputs, beta: laid ? 1 : 0, bias: bias?.pointer)
  return y
}

/// Copies `residual` into `y` [N, O], for a product to be added; false where there is none and `y` is as it was.
func lay(_ residual: Tensor?, into y: Tensor) -> Bool {
  guard let residual else { return false }
  precondition(residual.count == y.count, "linear: residual \(residual.shape) for \(y.shape)")
  let (from, to) = (residual.pointer, y.sharedPointer)
  parallel(y.count, grain: elementGrain) { range in
    (to + range.lowerBound).update(from: from + range.lowerBound, count: range.count)
  }
  return true
}

/// `dx = dy · weight + beta · dx`: dy [N, O] -> dx [N, I].
public func linearInputGradient(_ dy: Tensor, weight: Tensor, into dx: UnsafeMutablePointer<Float>, beta: Float) {
  let (outputs, inputs) = (weight.shape[0], weight.shape[1])
  let span = Profile.operation("linear backward: input", flops: 2 * dy.count * inputs)
  defer { span.end() }
  matrixProduct(
    dy.pointer, lda: outputs, weight.pointer, ldb: inputs, into: dx, ldc: inputs,
    m: dy.count / outputs, n: inputs, k: outputs, beta: beta)
}

/// `dWeight += dyᵀ · x`: dy [N, O], x [N, I] -> [O, I].
public func linearWeightGradient(_ dy: Tensor, x: Tensor, into dWeight: UnsafeMutablePointer<Float>) {
  let (outputs, inputs) = (dy.shape[1], x.shape.last ?? 0)
  let span = Profile.operation("linear backward: weight", flops: 2 * dy.count * inputs)
  defer { span.end() }
  matrixProduct(
    dy.pointer, .transposed, lda: outputs, x.pointer, ldb: inputs, into: dWeight, ldc: inputs,
    m: outputs, n: inputs, k: dy.shape[0], beta: 1)
}

/// `dBias += Σ dy` over rows: dy [N, O] -> [O].
public func linearBiasGradient(_ dy: Tensor, into dBias: UnsafeMutablePointer<Float>) {
  let span = Profile.operation("linear backward: bias")
  defer { span.end() }
  let outputs = dy.shape[1]
  let source = dy.pointer
  for row in 0..<dy.shape[0] {
    let from = source + row * outputs
    for j in 0..<outputs { dBias[j] += from[j] }
  }
}
