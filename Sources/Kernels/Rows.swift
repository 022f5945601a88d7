import Profiling
import Tensors

// Letters: V rows of a table, D width, N rows taken.

/// `y[n] = table[rows[n]]`: table [V, D] -> [N, D]. An embedding look-up, or a choice of positions.
public func takeRows(_ table: Tensor, _ rows: [Int32]) -> Tensor {
  let span = Profile.operation("embedding, rows taken")
  defer { span.end() }
  let width = table.shape[table.shape.count - 1]
  let available = width == 0 ? 0 : table.count / width
  let y = Tensor(uninitialized: [rows.count, width])
  let (from, to) = (table.pointer, y.sharedPointer)
  for (n, row) in rows.enumerated() {
    precondition(row >= 0 && Int(row) < available, "takeRows: row \(row) of \(available)")
    (to + n * width).update(from: from + Int(row) * width, count: width)
  }
  return y
}

/// `dTable[rows[n]] += dy[n]`, in the order of n: the gradient of `takeRows`.
public func addIntoRows(_ dy: Tensor, _ rows: [Int32], into dTable: UnsafeMutablePointer<Float>) {
  let span = Profile.operation("embedding, rows added")
  defer { span.end() }
  let width = rows.isEmpty ? 0 : dy.count / rows.count
  let from = dy.pointer
  for (n, row) in rows.enumerated() {
    let (source, target) = (from + n * width, dTable + Int(row) * width)
    for j in 0..<width { target[j] += source[j] }
  }
}

/// `x` with row `rows[n]` replaced by `replacement[n]`: image features put where their placeholders are.
public func replaceRows(_ x: Tensor, _ rows: [Int32], with replacement: Tensor) -> Tensor {
  let span = Profile.operation("rows replaced")
  defer { span.end() }
  var y = x
  let width = x.shape[x.shape.count - 1]
  precondition(replacement.count == rows.count * width, "replaceRows: \(rows.count) rows, \(replacement.shape)")
  let (from, to) = (replacement.pointer, y.mutablePointer())
  for (n, row) in rows.enumerated() { (to + Int(row) * width).update(from: from + n * width, count: width) }
  return y
}

/// `x` with the given rows set to zero.
public func zeroRows(_ x: Tensor, _ rows: [Int32]) -> Tensor {
  let span = Profile.operation("rows replaced")
  defer { span.end() }
  var y = x
  let width = x.shape[x.shape.count - 1]
  let to = y.mutablePointer()
  for row in rows { (to + Int(row) * width).update(repeating: 0, count: width) }
  return y
}

/// Puts `first` [1, D] before every block of P rows: x [B·P, D] -> [B·(P+1), D]. CLIP's class token.
public func prependRow(_ x: Tensor, first: Tensor, blockRows: Int) -> Tensor {
  let span = Profile.operation("rows prepended")
  defer { span.end() }
  let width = first.count
  let block = blockRows * width
  let blocks = x.count / block
  let y = Tensor(uninitialized: [blocks * (blockRows + 1), width])
  let (from, to) = (x.pointer, y.sharedPointer)
  for b in 0..<blocks {
    let start = to + b * (block + width)
    start.update(from: first.pointer, count: width)
    (start + width).update(from: from + b * block, count: block)
  }
  return y
}
