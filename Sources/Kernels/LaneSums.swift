/// Sums over a row in sixteen lanes: a plain loop may not be reordered by the compiler and runs ten times slower, and
/// fixed lanes give the same bits on every run.
@inline(__always)
func lanes(_ p: UnsafePointer<Float>, _ i: Int) -> SIMD16<Float> {
  UnsafeRawPointer(p + i).loadUnaligned(as: SIMD16<Float>.self)
}

/// `Σ x`.
@inline(__always)
func rowSum(_ x: UnsafePointer<Float>, _ count: Int) -> Float {
  var acc = SIMD16<Float>(repeating: 0)
  var i = 0
  while i + 16 <= count {
    acc += lanes(x, i)
    i += 16
  }
  var sum = acc.sum()
  while i < count {
    sum += x[i]
    i += 1
  }
  return sum
}

/// `Σ x · y`.
@inline(__always)
func rowDot(_ x: UnsafePointer<Float>, _ y: UnsafePointer<Float>, _ count: Int) -> Float {
  var acc = SIMD16<Float>(repeating: 0)
  var i = 0
  while i + 16 <= count {
    acc.addProduct(lanes(x, i), lanes(y, i))
    i += 16
  }
  var sum = acc.sum()
  while i < count {
    sum += x[i] * y[i]
    i += 1
  }
  return sum
}

/// `max x`; `-inf` for an empty row.
@inline(__always)
func rowMaximum(_ x: UnsafePointer<Float>, _ count: Int) -> Float {
  var acc = SIMD16<Float>(repeating: -.infinity)
  var i = 0
  while i + 16 <= count {
    let v = lanes(x, i)
    acc.replace(with: v, where: v .> acc)
    i += 16
  }
  var best = -Float.infinity
  for lane in 0..<16 where acc[lane] > best { best = acc[lane] }
  while i < count {
    if x[i] > best { best = x[i] }
    i += 1
  }
  return best
}

/// `Σ (x − mean)²`.
@inline(__always)
func rowSquaredDeviation(_ x: UnsafePointer<Float>, _ count: Int, mean: Float) -> Float {
  var acc = SIMD16<Float>(repeating: 0)
  let center = SIMD16<Float>(repeating: mean)
  var i = 0
  while i + 16 <= count {
    let d = lanes(x, i) - center
    acc.addProduct(d, d)
    i += 16
  }
  var sum = acc.sum()
  while i < count {
    sum += (x[i] - mean) * (x[i] - mean)
    i += 1
  }
  return sum
}
