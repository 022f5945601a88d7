import Profiling
import Tensors

// Letters: N rows, D width.

/// What the backward pass needs of a layer norm: the mean and the inverse deviation of each row, [N] each.
public struct LayerNormStatistics {
  let mean: Tensor
  let inverse: Tensor
}

/// `y = (x − mean) / sqrt(variance + epsilon) · weight + bias` for each row: x [N, D], weight and bias [D] -> [N, D].
public func layerNorm(
  _ x: Tensor, weight: Tensor, bias: Tensor, epsilon: Float
) -> (y: Tensor, statistics: LayerNormStatistics) {
  let span = Profile.operation("layer_norm forward")
  defer { span.end() }
  let width = weight.count
  precondition(x.shape.last == width && bias.count == width, "layerNorm: x \(x.shape), weight \(weight.shape)")
  let rows = x.count / width
  let y = Tensor(uninitialized: x.shape)
  let statistics = LayerNormStatistics(mean: Tensor(uninitialized: [rows]), inverse: Tensor(uninitialized: [rows]))
  let (p, w, b, out) = (x.pointer, weight.pointer, bias.pointer, y.sharedPointer)
  let (mean, inverse) = (statistics.mean.sharedPointer, statistics.inverse.sharedPointer)
  parallel(rows, grain: max(1, elementGrain / width)) { range in
    for row in range {
      let (from, to) = (p + row * width, out + row * width)
      let m = rowSum(from, width) / Float(width)
      let s = 1 / (rowSquaredDeviation(from, width, mean: m) / Float(width) + epsilon).squareRoot()
      mean[row] = m
      inverse[row] = s
      normalize(from, mean: m, inverse: s, w, b, into: to, width)
    }
  }
  return (y, statistics)
}

/// `y` of `layerNorm` to the bit, from its statistics.
public func layerNormAgain(_ x: Tensor, weight: Tensor, bias: Tensor, statistics: LayerNormStatistics) -> Tensor {
  let span = Profile.operation("layer_norm again")
  defer { span.end() }
  let width = weight.count
  let y = Tensor(uninitialized: x.shape)
  let (p, w, b, out) = (x.pointer, weight.pointer, bias.pointer, y.sharedPointer)
  let (mean, inverse) = (statistics.mean.pointer, statistics.inverse.pointer)
  parallel(statistics.mean.count, grain: max(1, elementGrain / width)) { range in
    for row in range {
      normalize(p + row * width, mean: mean[row], inverse: inverse[row], w, b, into: out + row * width, width)
    }
  }
  return y
}

/// One row: the same operations, and so the same bits, the first time and again.
@inline(__always)
private func normalize(
  _ x: UnsafePointer<Float>, mean: Float, inverse: Float, _ weight: UnsafePointer<Float>, _ bias: UnsafePointer<Float>,
  into y: UnsafeMutablePointer<Float>, _ width: Int
) {
  for j in 0..<width { y[j] = (x[j] - mean) * inverse * weight[j] + bias[j] }
}

/// `dx = s · (g − mean(g) − n · mean(g · n)) (+ residual)`, where `g = dy · weight` and `n` is the normalised row.
public func layerNormInputGradient(
  _ dy: Tensor, x: Tensor, weight: Tensor, statistics: LayerNormStatistics, residual: Tensor?
) -> Tensor {
  let span = Profile.operation("layer_norm backward: input")
  defer { span.end() }
  let width = weight.count
  let dx = Tensor(uninitialized: x.shape)
  let (d, p, w, out) = (dy.pointer, x.pointer, weight.pointer, dx.sharedPointer)
  let (mean, inverse) = (statistics.mean.pointer, statistics.inverse.pointer)
  let add = residual?.pointer
  parallel(statistics.mean.count, grain: max(1, elementGrain / width)) { range in
    for row in range {
      let (g, from, to, m, s) = (d + row * width, p + row * width, out + row * width, mean[row], inverse[row])
      for j in 0..<width { to[j] = g[j] * w[j] }
      let sum = rowSum(to, width)
      let a = sum / Float(width)
      let c = (rowDot(to, from, width) - m * sum) * s * s / Float(width)
      if let add {
        let more = add + row * width
        for j in 0..<width { to[j] = more[j] + s * (to[j] - a - (from[j] - m) * c) }
      } else {
        for j in 0..<width { to[j] = s * (to[j] - a - (from[j] - m) * c) }
      }
    }
  }
  return dx
}

/// `dWeight += Σ dy · n` and `dBias += Σ dy` over rows.
public func layerNormParameterGradients(
  _ dy: Tensor, x: Tensor, statistics: LayerNormStatistics,
  intoWeight dWeight: UnsafeMutablePointer<Float>?, intoBias dBias: UnsafeMutablePointer<Float>?
) {
  let span = Profile.operation("layer_norm backward: weight, bias")
  defer { span.end() }
  let width = dy.shape.last ?? 0
  let (d, p, mean, inverse) = (dy.pointer, x.pointer, statistics.mean.pointer, statistics.inverse.pointer)
  for row in 0..<statistics.mean.count {
    let (g, from, m, s) = (d + row * width, p + row * width, mean[row], inverse[row])
    if let dWeight { for j in 0..<width { dWeight[j] += g[j] * (from[j] - m) * s } }
    if let dBias { for j in 0..<width { dBias[j] += g[j] } }
  }
}
