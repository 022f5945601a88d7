import Profiling
import Tensors

// Letters as in Attention.swift.

/// The gradients of `attention` with respect to q, k and v.
///
/// Probabilities are computed again tile by tile from the kept logarithms: `p = exp(s − logDenominator)`,
/// `dv = pᵀ · dy`, `ds = p · (dy · vᵀ − Σ dy · y) / √d`, `dq = ds · k`, `dk = dsᵀ · q`. One worker owns a key head of a
/// segment and all query heads that share it, so sums have one order.
public func attentionGradient(
  _ dy: Tensor, q: Tensor, k: Tensor, v: Tensor, y: Tensor, logDenominator: Tensor, layout: AttentionLayout
) -> (dq: Tensor, dk: Tensor, dv: Tensor) {
  let span = Profile.operation("attention backward", flops: 5 * layout.productFlops)
  defer { span.end() }
  let dq = Tensor(repeating: 0, shape: q.shape)
  let (dk, dv) = (Tensor(repeating: 0, shape: k.shape), Tensor(repeating: 0, shape: v.shape))
  let work = AttentionGradientWork(
    layout: layout, q: q.pointer, k: k.pointer, v: v.pointer, y: y.pointer, dy: dy.pointer,
    logs: logDenominator.pointer, dq: dq.sharedPointer, dk: dk.sharedPointer, dv: dv.sharedPointer)
  parallel(layout.segments * layout.keyHeads) { range in
    let scratch = Storage(count: attentionTileRows * (2 * attentionTileKeys + 1))
    for item in range {
      let (segment, keyHead) = (item / layout.keyHeads, item % layout.keyHeads)
      let group = layout.queryHeads / layout.keyHeads
      for head in keyHead * group..<(keyHead + 1) * group { work.head(head, of: segment, scratch: scratch.base) }
    }
    withExtendedLifetime(scratch) {}
  }
  return (dq, dk, dv)
}

private struct AttentionGradientWork {
  let layout: AttentionLayout
  let q, k, v, y, dy, logs: UnsafePointer<Float>
  let dq, dk, dv: UnsafeMutablePointer<Float>

  func head(_ head: Int, of segment: Int, scratch: UnsafeMutablePointer<Float>) {
    let (d, queryStride) = (layout.headWidth, layout.queryStride)
    let dots = scratch + 2 * attentionTileRows * attentionTileKeys
    var start = layout.queryStarts[segment]
    let tileRows = evenTile(layout.queryStarts[segment + 1] - start, most: attentionTileRows)
    while start < layout.queryStarts[segment + 1] {
      let count = min(tileRows, layout.queryStarts[segment + 1] - start)
      let at = start * queryStride + head * d
      for row in 0..<count { dots[row] = rowDot(dy + at + row * queryStride, y + at + row * queryStride, d) }
      let keys = Int(layout.visible[start + count - 1])
      var key = 0
      while key < keys {
        let width = min(attentionTileKeys, keys - key)
        tile(head, segment, rows: start..<start + count, keys: key..<key + width, dots, scratch)
        key += width
      }
      start += count
    }
  }

  private func tile(
    _ head: Int, _ segment: Int, rows: Range<Int>, keys: Range<Int>, _ dots: UnsafePointer<Float>,
    _ scratch: UnsafeMutablePointer<Float>
  ) {
    let (d, queryStride, keyStride) = (layout.headWidth, layout.queryStride, layout.keyStride)
    let (count, width) = (rows.count, keys.count)
    let at = rows.lowerBound * queryStride + head * d
    let keyHead = head / (layout.queryHeads / layout.keyHeads)
    let keyAt = (layout.keyStarts[segment] + keys.lowerBound) * keyStride + keyHead * d
    let (p, ds) = (scratch, scratch + attentionTileRows * attentionTileKeys)
    matrixProductOnThisThread(
      q + at, lda: queryStride, k + keyAt, .transposed, ldb: keyStride, into: p, ldc: width, m: count, n: width, k: d,
      alpha: layout.scale)
    matrixProductOnThisThread(
      dy + at, lda: queryStride, v + keyAt, .transposed, ldb: keyStride, into: ds, ldc: width, m: count, n: width, k: d)
    for row in 0..<count {
      let seen = max(0, min(width, Int(layout.visible[rows.lowerBound + row]) - keys.lowerBound))
      let (pRow, dsRow) = (p + row * width, ds + row * width)
      let (log, dot) = (logs[(rows.lowerBound + row) * layout.queryHeads + head], dots[row])
      for j in 0..<seen {
        let probability = exponential(pRow[j] - log)
        pRow[j] = probability
        dsRow[j] = probability * (dsRow[j] - dot)
      }
      for j in seen..<width {
        pRow[j] = 0
        dsRow[j] = 0
      }
    }
    matrixProductOnThisThread(
      p, .transposed, lda: width, dy + at, ldb: queryStride, into: dv + keyAt, ldc: keyStride, m: width, n: d, k: count,
      beta: 1)
    matrixProductOnThisThread(
      ds, lda: width, k + keyAt, ldb: keyStride, into: dq + at, ldc: queryStride, m: count, n: d, k: width,
      alpha: layout.scale, beta: 1)
    matrixProductOnThisThread(
      ds, .transposed, lda: width, q + at, ldb: queryStride, into: dk + keyAt, ldc: keyStride, m: width, n: d, k: count,
      alpha: layout.scale, beta: 1)
  }
}
