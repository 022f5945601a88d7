import Profiling
import Tensors

// Letters: N rows, D width.

/// `y = x · r · weight`, where `r = 1 / sqrt(mean(x²) + epsilon)` for each row: x [N, D], weight [D] -> y [N, D], r [N].
public func rmsNorm(_ x: Tensor, weight: Tensor, epsilon: Float) -> (y: Tensor, r: Tensor) {
  let span = Profile.operation("rms_norm forward")
  defer { span.end() }
  let width = weight.count
  precondition(x.shape.last == width, "rmsNorm: x \(x.shape), weight \(weight.shape)")
  let rows = x.count / width
  let (y, r) = (Tensor(uninitialized: x.shape), Tensor(uninitialized: [rows]))
  let (p, w, out, scale) = (x.pointer, weight.pointer, y.sharedPointer, r.sharedPointer)
  parallel(rows, grain: max(1, elementGrain / width)) { range in
    for row in range {
      let (from, to) = (p + row * width, out + row * width)
      let s = 1 / (rowDot(from, from, width) / Float(width) + epsilon).squareRoot()
      scale[row] = s
      normalize(from, by: s, w, into: to, width)
    }
  }
  return (y, r)
}

/// `y` of `rmsNorm` to the bit, from its `r`.
public func rmsNormAgain(_ x: Tensor, weight: Tensor, r: Tensor) -> Tensor {
  let span = Profile.operation("rms_norm again")
  defer { span.end() }
  let width = weight.count
  let y = Tensor(uninitialized: x.shape)
  let (p, w, scale, out) = (x.pointer, weight.pointer, r.pointer, y.sharedPointer)
  parallel(r.count, grain: max(1, elementGrain / width)) { range in
    for row in range {
      normalize(p + row * width, by: scale[row], w, into: out + row * width, width)
    }
  }
  return y
}

/// One row: the same operations, and so the same bits, the first time and again.
@inline(__always)
private func normalize(
  _ x: UnsafePointer<Float>, by r: Float, _ weight: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>,
  _ width: Int
) {
  for j in 0..<width { y[j] = x[j] * r * weight[j] }
}

/// `dx = r · (g − x · r² · mean(g · x)) (+ residual)`, where `g = dy · weight`.
public func rmsNormInputGradient(_ dy: Tensor, x: Tensor, weight: Tensor, r: Tensor, residual: Tensor?) -> Tensor {
  let span = Profile.operation("rms_norm backward: input")
  defer { span.end() }
  let width = weight.count
  let dx = Tensor(uninitialized: x.shape)
  let (d, p, w, scale, out) = (dy.pointer, x.pointer, weight.pointer, r.pointer, dx.sharedPointer)
  let add = residual?.pointer
  parallel(r.count, grain: max(1, elementGrain / width)) { range in
    for row in range {
      let (g, from, to, s) = (d + row * width, p + row * width, out + row * width, scale[row])
      for j in 0..<width { to[j] = g[j] * w[j] }
      let c = rowDot(to, from, width) / Float(width) * s * s
      if let add {
        let more = add + row * width
        for j in 0..<width { to[j] = more[j] + s * (to[j] - from[j] * c) }
      } else {
        for j in 0..<width { to[j] = s * (to[j] - from[j] * c) }
      }
    }
  }
  return dx
}

/// `dWeight += Σ dy · x · r` over rows.
public func rmsNormWeightGradient(_ dy: Tensor, x: Tensor, r: Tensor, into dWeight: UnsafeMutablePointer<Float>) {
  let span = Profile.operation("rms_norm backward: weight")
  defer { span.end() }
  let width = dy.count / max(1, r.count)
  let (d, p, scale) = (dy.pointer, x.pointer, r.pointer)
  for row in 0..<r.count {
    let (g, from, s) = (d + row * width, p + row * width, scale[row])
    for j in 0..<width { dWeight[j] += g[j] * from[j] * s }
  }
}
