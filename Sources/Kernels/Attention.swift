import Glibc
import Profiling
import Tensors

// Letters: Q query rows, K key rows, Hq and Hk heads, d head width. q [Q, Hq·d], k and v [K, Hk·d], y [Q, Hq·d].

/// Query rows and keys handled at a time: a tile of scores stays in the second-level cache, and the Q×K matrix of
/// scores never exists in memory.
let attentionTileRows = 64
let attentionTileKeys = 256

/// Length of tiles that cover `count` rows as evenly as their number allows: a tile of a few rows is slow.
func evenTile(_ count: Int, most: Int) -> Int {
  let tiles = max(1, (count + most - 1) / most)
  return (count + tiles - 1) / tiles
}

/// `y = softmax(q · kᵀ / √d) · v` per head, over the pairs that `layout` lets see each other.
///
/// Also returns the logarithm of each softmax's denominator, [Q, Hq]: all that the backward pass needs to have the
/// probabilities again. Query heads share key heads in groups, as in Llama.
public func attention(
  q: Tensor, k: Tensor, v: Tensor, layout: AttentionLayout
) -> (y: Tensor, logDenominator: Tensor) {
  attention(q: q, k: k, v: v, layout: layout, tiles: OneDNN.hasAVX512)
}

/// The same, with `AttentionTiles` where they pay or by products of OpenBLAS alone.
func attention(
  q: Tensor, k: Tensor, v: Tensor, layout: AttentionLayout, tiles: Bool
) -> (y: Tensor, logDenominator: Tensor) {
  let span = Profile.operation("attention forward", flops: 2 * layout.productFlops)
  defer { span.end() }
  let rows = layout.visible.count
  precondition(q.count == rows * layout.queryStride, "attention: q \(q.shape) for \(rows) rows")
  let keys = (layout.keyStarts.last ?? 0) * layout.keyStride
  precondition(k.count == keys && v.count == keys, "attention: k \(k.shape), v \(v.shape)")
  let y = Tensor(uninitialized: [rows, layout.queryStride])
  let logDenominator = Tensor(uninitialized: [rows, layout.queryHeads])
  let (pq, pk, pv, out, logs) = (q.pointer, k.pointer, v.pointer, y.sharedPointer, logDenominator.sharedPointer)
  let work = AttentionTiles(layout: layout, q: pq, k: pk, v: pv, y: out, logs: logs)
  parallel(layout.segments * layout.queryHeads) { range in
    let scratch = Storage(count: max(work.scratchCount, attentionTileRows * (attentionTileKeys + 2)))
    for item in range {
      let (segment, head) = (item / layout.queryHeads, item % layout.queryHeads)
      if tiles && AttentionTiles.pay(layout, segment) {
        work.head(head, of: segment, scratch: scratch.base)
      } else {
        forwardHead(segment, head, pq, pk, pv, out, logs, layout, scratch: scratch)
      }
    }
    withExtendedLifetime(scratch) {}
  }
  return (y, logDenominator)
}

private func forwardHead(
  _ segment: Int, _ head: Int, _ q: UnsafePointer<Float>, _ k: UnsafePointer<Float>, _ v: UnsafePointer<Float>,
  _ y: UnsafeMutablePointer<Float>, _ logs: UnsafeMutablePointer<Float>, _ layout: AttentionLayout, scratch: Storage
) {
  let (d, queryStride, keyStride) = (layout.headWidth, layout.queryStride, layout.keyStride)
  let keyColumn = head / (layout.queryHeads / layout.keyHeads) * d
  let firstKey = layout.keyStarts[segment]
  let scores = scratch.base
  let maximum = scores + attentionTileRows * attentionTileKeys
  let sum = maximum + attentionTileRows
  var start = layout.queryStarts[segment]
  let tileRows = evenTile(layout.queryStarts[segment + 1] - start, most: attentionTileRows)
  while start < layout.queryStarts[segment + 1] {
    let count = min(tileRows, layout.queryStarts[segment + 1] - start)
    let keys = Int(layout.visible[start + count - 1])
    let (queries, out) = (q + start * queryStride + head * d, y + start * queryStride + head * d)
    maximum.update(repeating: -.infinity, count: count)
    sum.update(repeating: 0, count: count)
    for row in 0..<count { (out + row * queryStride).update(repeating: 0, count: d) }
    var key = 0
    while key < keys {
      let width = min(attentionTileKeys, keys - key)
      let (tileKeys, tileValues) = (
        k + (firstKey + key) * keyStride + keyColumn, v + (firstKey + key) * keyStride + keyColumn
      )
      matrixProductOnThisThread(
        queries, lda: queryStride, tileKeys, .transposed, ldb: keyStride, into: scores, ldc: width, m: count, n: width,
        k: d, alpha: layout.scale)
      for row in 0..<count {
        let seen = max(0, min(width, Int(layout.visible[start + row]) - key))
        rescale(
          scores + row * width, seen: seen, width: width, maximum: maximum + row, sum: sum + row,
          out: out + row * queryStride, d: d)
      }
      matrixProductOnThisThread(
        scores, lda: width, tileValues, ldb: keyStride, into: out, ldc: queryStride, m: count, n: d, k: width, beta: 1)
      key += width
    }
    for row in 0..<count {
      // A row that sees no key gives zeros.
      let inverse = layout.visible[start + row] > 0 ? 1 / sum[row] : 0
      let to = out + row * queryStride
      for j in 0..<d { to[j] *= inverse }
      logs[(start + row) * layout.queryHeads + head] = maximum[row] + logf(sum[row])
    }
    start += count
  }
  withExtendedLifetime(scratch) {}
}

/// One row of the running softmax: turns scores into weights against the new maximum and shrinks what was summed before.
@inline(__always)
private func rescale(
  _ scores: UnsafeMutablePointer<Float>, seen: Int, width: Int, maximum: UnsafeMutablePointer<Float>,
  sum: UnsafeMutablePointer<Float>, out: UnsafeMutablePointer<Float>, d: Int
) {
  let best = rowMaximum(scores, seen)
  if best > maximum.pointee {
    let shrink = maximum.pointee == -.infinity ? 0 : exponential(maximum.pointee - best)
    if shrink != 1 { for j in 0..<d { out[j] *= shrink } }
    sum.pointee *= shrink
    maximum.pointee = best
  }
  let top = maximum.pointee
  for j in 0..<seen { scores[j] = exponential(scores[j] - top) }
  for j in seen..<width { scores[j] = 0 }
  sum.pointee += rowSum(scores, seen)
}
