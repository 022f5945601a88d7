import CTiles
import Glibc
import Tensors

// Letters as in Attention.swift.

/// Keys whose scores are at hand at a time: they and their values stay in the second-level cache while all rows pass.
let tileKeys = 256
/// Rows that a product of tiles computes at a time: what they do not see is not computed.
let tileRowGroup = 6
/// Distance between rows of scores: room behind the last key, and not a power of two, which would share cache sets.
let tileScoreRow = tileKeys + 16

/// The forward pass for processors with AVX-512: products of a few rows by `tile_product`, which packs nothing.
struct AttentionTiles {
  let layout: AttentionLayout
  let q, k, v: UnsafePointer<Float>
  let y, logs: UnsafeMutablePointer<Float>

  /// Whether a segment gains by it. Keys are transposed once per head: for a few rows that costs more than it gains.
  static func pay(_ layout: AttentionLayout, _ segment: Int) -> Bool {
    layout.queryStarts[segment + 1] - layout.queryStarts[segment] >= tileRowGroup
  }

  /// Floats of scratch: scores, transposed keys, and maximum and sum of each row.
  var scratchCount: Int {
    tileRowGroup * tileScoreRow + tileKeys * layout.headWidth + 2 * layout.longestQueries
  }

  /// All rows of a query head, one tile of keys after the other.
  func head(_ head: Int, of segment: Int, scratch: UnsafeMutablePointer<Float>) {
    let d = layout.headWidth
    let rows = layout.queryStarts[segment]..<layout.queryStarts[segment + 1]
    let transposed = scratch + tileRowGroup * tileScoreRow
    let maximum = transposed + tileKeys * d
    let sum = maximum + rows.count
    maximum.update(repeating: -.infinity, count: rows.count)
    sum.update(repeating: 0, count: rows.count)
    let keyColumn = head / (layout.queryHeads / layout.keyHeads) * d
    var first = layout.firstRow(in: rows, seeing: 0)
    for row in rows.lowerBound..<first { (y + row * layout.queryStride + head * d).update(repeating: 0, count: d) }
    var key = 0
    while first < rows.upperBound {
      let width = min(tileKeys, Int(layout.visible[rows.upperBound - 1]) - key)
      let at = (layout.keyStarts[segment] + key) * layout.keyStride + keyColumn
      tile_transpose(k + at, layout.keyStride, width, d, transposed)
      for row in stride(from: first, to: rows.upperBound, by: tileRowGroup) {
        group(
          head, rows: row..<min(row + tileRowGroup, rows.upperBound), keys: key..<key + width, transposed, v + at,
          scratch, maximum: maximum + (row - rows.lowerBound), sum: sum + (row - rows.lowerBound))
      }
      key += width
      first = layout.firstRow(in: first..<rows.upperBound, seeing: key)
    }
    for row in rows {
      // A row that sees no key gives zeros.
      let index = row - rows.lowerBound
      logs[row * layout.queryHeads + head] = maximum[index] * layout.scale + logf(sum[index])
      guard layout.visible[row] > 0 else { continue }
      let (to, inverse) = (y + row * layout.queryStride + head * d, 1 / sum[index])
      for j in 0..<d { to[j] *= inverse }
    }
  }

  /// A few rows and a tile of keys, of which the last row sees at least one.
  private func group(
    _ head: Int, rows: Range<Int>, keys: Range<Int>, _ transposed: UnsafePointer<Float>,
    _ values: UnsafePointer<Float>, _ scores: UnsafeMutablePointer<Float>, maximum: UnsafeMutablePointer<Float>,
    sum: UnsafeMutablePointer<Float>
  ) {
    let (d, queryStride) = (layout.headWidth, layout.queryStride)
    let at = rows.lowerBound * queryStride + head * d
    let width = layout.seen(by: rows.upperBound - 1, of: keys)
    tile_product(
      q + at, queryStride, 1, transposed, tile_panel, tile_panel * d, scores, tileScoreRow, rows.count,
      wholeVectors(width), d, false)
    for (index, row) in rows.enumerated() {
      let seen = layout.seen(by: row, of: keys)
      let line = scores + index * tileScoreRow
      let best = tile_maximum(line, seen)
      if best > maximum[index] {
        if keys.lowerBound > 0 {
          let shrink = exponential((maximum[index] - best) * layout.scale)
          let out = y + at + index * queryStride
          for j in 0..<d { out[j] *= shrink }
          sum[index] *= shrink
        }
        maximum[index] = best
      }
      sum[index] += tile_weights(line, seen, width, layout.scale, maximum[index])
    }
    tile_product(
      scores, tileScoreRow, 1, values, layout.keyStride, tile_panel, y + at, queryStride, rows.count, d, width,
      keys.lowerBound > 0)
  }
}

extension AttentionLayout {
  /// The first row that sees key `key` of its segment; the end of `rows` if none does.
  func firstRow(in rows: Range<Int>, seeing key: Int) -> Int {
    rows.first { Int(visible[$0]) > key } ?? rows.upperBound
  }

  /// How many of the segment's keys `keys` a row sees.
  func seen(by row: Int, of keys: Range<Int>) -> Int {
    max(0, min(keys.count, Int(visible[row]) - keys.lowerBound))
  }

  /// Rows of the longest segment.
  var longestQueries: Int { (0..<segments).map { queryStarts[$0 + 1] - queryStarts[$0] }.max() ?? 0 }
}

/// Columns of `count` keys in whole vectors, as transposed keys are filled up.
func wholeVectors(_ count: Int) -> Int { (count + 15) / 16 * 16 }
