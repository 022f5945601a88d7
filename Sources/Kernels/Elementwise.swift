import Profiling
import Tensors

/// Floats that are worth a thread in a loop that does little with each of them.
let elementGrain = 1 << 15

/// `a + b`, element by element.
public func add(_ a: Tensor, _ b: Tensor) -> Tensor {
  precondition(a.count == b.count, "add: \(a.shape) and \(b.shape)")
  let y = Tensor(uninitialized: a.shape)
  let (p, q, out) = (a.pointer, b.pointer, y.sharedPointer)
  parallel(a.count, grain: elementGrain) { range in
    for i in range { out[i] = p[i] + q[i] }
  }
  return y
}

/// `target += source`.
public func accumulate(_ source: UnsafePointer<Float>, count: Int, into target: UnsafeMutablePointer<Float>) {
  let span = Profile.operation("gradients added")
  defer { span.end() }
  parallel(count, grain: elementGrain) { range in
    for i in range { target[i] += source[i] }
  }
}

/// `x + table[row mod P]`: adds a table of P rows to each block of P rows. x [B·P, D], table [P, D] -> [B·P, D].
public func addRows(_ x: Tensor, table: Tensor) -> Tensor {
  let span = Profile.operation("position embedding")
  defer { span.end() }
  let y = Tensor(uninitialized: x.shape)
  let (p, t, out, period) = (x.pointer, table.pointer, y.sharedPointer, table.count)
  precondition(period > 0 && x.count % period == 0, "addRows: \(x.shape) and \(table.shape)")
  for block in 0..<x.count / period {
    let (from, to) = (p + block * period, out + block * period)
    for i in 0..<period { to[i] = from[i] + t[i] }
  }
  return y
}

/// `dTable += Σ dy` over the blocks: the gradient of `addRows`.
public func addRowsTableGradient(_ dy: Tensor, period: Int, into dTable: UnsafeMutablePointer<Float>) {
  let span = Profile.operation("position embedding backward")
  defer { span.end() }
  let p = dy.pointer
  for block in 0..<dy.count / period {
    let from = p + block * period
    for i in 0..<period { dTable[i] += from[i] }
  }
}

/// `Σ x²` in double precision and in one fixed order, whatever the number of threads.
public func sumOfSquares(_ x: UnsafePointer<Float>, count: Int) -> Double {
  sumsOfSquares(x, count: count, block: 1 << 14).reduce(0, +)
}

/// `Σ x²` of each `block` floats, the last one of what is left: in double precision and in one fixed order, whatever the
/// number of threads.
public func sumsOfSquares(_ x: UnsafePointer<Float>, count: Int, block: Int) -> [Double] {
  let span = Profile.operation("gradient norm")
  defer { span.end() }
  let blocks = (count + block - 1) / block
  return [Double](unsafeUninitializedCapacity: blocks) { sums, filled in
    guard let sum = sums.baseAddress else { return }
    parallel(blocks, grain: 4) { range in
      for number in range {
        sum[number] = sumOfSquares(x, from: number * block, to: min(count, (number + 1) * block))
      }
    }
    filled = blocks
  }
}

private func sumOfSquares(_ x: UnsafePointer<Float>, from start: Int, to end: Int) -> Double {
  // Eight lanes: the compiler may not reorder a plain sum.
  var lanes = SIMD8<Double>(repeating: 0)
  var i = start
  while i + 8 <= end {
    let v = SIMD8<Double>(UnsafeRawPointer(x + i).loadUnaligned(as: SIMD8<Float>.self))
    lanes += v * v
    i += 8
  }
  var sum = lanes.sum()
  while i < end {
    sum += Double(x[i]) * Double(x[i])
    i += 1
  }
  return sum
}
