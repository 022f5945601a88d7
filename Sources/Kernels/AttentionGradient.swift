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
  attentionGradient(
    dy, q: q, k: k, v: v, y: y, logDenominator: logDenominator, layout: layout, tiles: OneDNN.hasAVX512)
}

/// The same, with `AttentionGradientTiles` where they pay or by products of OpenBLAS alone.
func attentionGradient(
  _ dy: Tensor, q: Tensor, k: Tensor, v: Tensor, y: Tensor, logDenominator: Tensor, layout: AttentionLayout,
  tiles: Bool
) -> (dq: Tensor, dk: Tensor, dv: Tensor) {
  let span = Profile.operation("attention backward", flops: 5 * layout.productFlops)
  defer { span.end() }
  let (dq, dk, dv) = (Tensor(uninitialized: q.shape), Tensor(uninitialized: k.shape), Tensor(uninitialized: v.shape))
  let operands = AttentionGradientOperands(
    layout: layout, q: q.pointer, k: k.pointer, v: v.pointer, y: y.pointer, dy: dy.pointer,
    logs: logDenominator.pointer, dq: dq.sharedPointer, dk: dk.sharedPointer, dv: dv.sharedPointer)
  let (fast, work) = (AttentionGradientTiles(operands: operands), AttentionGradientWork(operands: operands))
  parallel(layout.segments * layout.keyHeads) { range in
    let scratch = Storage(count: max(fast.scratchCount, attentionTileRows * (2 * attentionTileKeys + 1)))
    for item in range {
      let (segment, keyHead) = (item / layout.keyHeads, item % layout.keyHeads)
      if tiles && AttentionTiles.pay(layout, segment) {
        fast.keyHead(keyHead, of: segment, scratch: scratch.base)
      } else {
        work.keyHead(keyHead, of: segment, scratch: scratch.base)
      }
    }
    withExtendedLifetime(scratch) {}
  }
  return (dq, dk, dv)
}

/// What the gradient is computed of, and where it goes to: dq, dk, dv are not initialised.
struct AttentionGradientOperands {
  let layout: AttentionLayout
  let q, k, v, y, dy, logs: UnsafePointer<Float>
  let dq, dk, dv: UnsafeMutablePointer<Float>

  /// `Σ dy · y` of `count` rows from `row` on, for a query head.
  func dots(_ head: Int, from row: Int, count: Int, into dots: UnsafeMutablePointer<Float>) {
    let d = layout.headWidth
    for index in 0..<count {
      let at = (row + index) * layout.queryStride + head * d
      dots[index] = rowDot(dy + at, y + at, d)
    }
  }
}

private struct AttentionGradientWork {
  let operands: AttentionGradientOperands
  private var layout: AttentionLayout { operands.layout }

  init(operands: AttentionGradientOperands) { self.operands = operands }

  /// All query heads of a segment that share a key head.
  func keyHead(_ keyHead: Int, of segment: Int, scratch: UnsafeMutablePointer<Float>) {
    let (d, group) = (layout.headWidth, layout.queryHeads / layout.keyHeads)
    for row in layout.keyStarts[segment]..<layout.keyStarts[segment + 1] {
      (operands.dk + row * layout.keyStride + keyHead * d).update(repeating: 0, count: d)
      (operands.dv + row * layout.keyStride + keyHead * d).update(repeating: 0, count: d)
    }
    for row in layout.queryStarts[segment]..<layout.queryStarts[segment + 1] {
      (operands.dq + row * layout.queryStride + keyHead * group * d).update(repeating: 0, count: group * d)
    }
    for head in keyHead * group..<(keyHead + 1) * group { self.head(head, of: segment, scratch: scratch) }
  }

  private func head(_ head: Int, of segment: Int, scratch: UnsafeMutablePointer<Float>) {
    let dots = scratch + 2 * attentionTileRows * attentionTileKeys
    var start = layout.queryStarts[segment]
    let tileRows = evenTile(layout.queryStarts[segment + 1] - start, most: attentionTileRows)
    while start < layout.queryStarts[segment + 1] {
      let count = min(tileRows, layout.queryStarts[segment + 1] - start)
      operands.dots(head, from: start, count: count, into: dots)
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
    let (q, k, v, dy, dq, dk, dv) = (
      operands.q, operands.k, operands.v, operands.dy, operands.dq, operands.dk, operands.dv
    )
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
      let (log, dot) = (operands.logs[(rows.lowerBound + row) * layout.queryHeads + head], dots[row])
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
