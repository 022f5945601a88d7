import CTiles
import Tensors

// Letters as in Attention.swift.

/// Rows whose weights and score gradients are at hand at a time.
private let tileRows = 10 * tileRowGroup

/// The backward pass for processors with AVX-512, as `AttentionTiles`.
struct AttentionGradientTiles {
  let operands: AttentionGradientOperands
  private var layout: AttentionLayout { operands.layout }

  init(operands: AttentionGradientOperands) { self.operands = operands }

  /// Floats of scratch: weights, score gradients, transposed keys and values, and `Σ dy · y` of each row.
  var scratchCount: Int { 2 * tileRows * tileScoreRow + 2 * tileKeys * layout.headWidth + tileRows }

  /// Where the parts of the scratch lie.
  private struct Scratch {
    let p, ds, keys, values, dots: UnsafeMutablePointer<Float>

    init(_ base: UnsafeMutablePointer<Float>, headWidth: Int) {
      p = base
      ds = p + tileRows * tileScoreRow
      keys = ds + tileRows * tileScoreRow
      values = keys + tileKeys * headWidth
      dots = values + tileKeys * headWidth
    }
  }

  /// All query heads of a segment that share a key head, one tile of keys after the other.
  func keyHead(_ keyHead: Int, of segment: Int, scratch: UnsafeMutablePointer<Float>) {
    let (d, stride) = (layout.headWidth, layout.keyStride)
    let scratch = Scratch(scratch, headWidth: d)
    let rows = layout.queryStarts[segment]..<layout.queryStarts[segment + 1]
    let keys = layout.keyStarts[segment + 1] - layout.keyStarts[segment]
    let heads = layout.queryHeads / layout.keyHeads
    var first = layout.firstRow(in: rows, seeing: 0)
    for row in rows.lowerBound..<first {
      (operands.dq + row * layout.queryStride + keyHead * heads * d).update(repeating: 0, count: heads * d)
    }
    var key = 0
    while key < keys {
      let width = min(tileKeys, keys - key)
      let at = (layout.keyStarts[segment] + key) * stride + keyHead * d
      for row in 0..<width {
        (operands.dk + at + row * stride).update(repeating: 0, count: d)
        (operands.dv + at + row * stride).update(repeating: 0, count: d)
      }
      if first < rows.upperBound {
        tile_transpose(operands.k + at, stride, width, d, scratch.keys)
        tile_transpose(operands.v + at, stride, width, d, scratch.values)
      }
      for head in keyHead * heads..<(keyHead + 1) * heads {
        var row = first
        while row < rows.upperBound {
          let end = min(row + tileRows, rows.upperBound)
          tile(head, rows: row..<end, keys: key..<key + width, keysAt: at, scratch)
          row = end
        }
      }
      key += width
      first = layout.firstRow(in: first..<rows.upperBound, seeing: key)
    }
  }

  private func tile(_ head: Int, rows: Range<Int>, keys: Range<Int>, keysAt: Int, _ scratch: Scratch) {
    let (d, queryStride, keyStride) = (layout.headWidth, layout.queryStride, layout.keyStride)
    let at = rows.lowerBound * queryStride + head * d
    operands.dots(head, from: rows.lowerBound, count: rows.count, into: scratch.dots)
    for row in stride(from: rows.lowerBound, to: rows.upperBound, by: tileRowGroup) {
      let group = row..<min(row + tileRowGroup, rows.upperBound)
      scoreGradients(head, tile: rows, group: group, keys: keys, scratch)
      tile_product(
        scratch.ds + (row - rows.lowerBound) * tileScoreRow, tileScoreRow, 1, operands.k + keysAt, keyStride,
        tile_panel, operands.dq + row * queryStride + head * d, queryStride, group.count, d,
        layout.seen(by: group.upperBound - 1, of: keys), keys.lowerBound > 0)
    }
    // Keys in groups too: rows above the first that sees one of them have no part in their gradients.
    var first = rows.lowerBound
    let width = layout.seen(by: rows.upperBound - 1, of: keys)
    for key in stride(from: 0, to: width, by: tileRowGroup) {
      first = layout.firstRow(in: first..<rows.upperBound, seeing: keys.lowerBound + key)
      let skipped = first - rows.lowerBound
      let (from, to) = (skipped * tileScoreRow + key, keysAt + key * keyStride)
      let (count, depth) = (min(tileRowGroup, width - key), rows.upperBound - first)
      tile_product(
        scratch.p + from, 1, tileScoreRow, operands.dy + at + skipped * queryStride, queryStride, tile_panel,
        operands.dv + to, keyStride, count, d, depth, true)
      tile_product(
        scratch.ds + from, 1, tileScoreRow, operands.q + at + skipped * queryStride, queryStride, tile_panel,
        operands.dk + to, keyStride, count, d, depth, true)
    }
  }

  /// Weights and score gradients of a few rows, with zeros where they do not see: up to a group of keys behind the last
  /// that they do.
  private func scoreGradients(
    _ head: Int, tile rows: Range<Int>, group: Range<Int>, keys: Range<Int>, _ scratch: Scratch
  ) {
    let (d, queryStride) = (layout.headWidth, layout.queryStride)
    let at = group.lowerBound * queryStride + head * d
    let (p, ds) = (
      scratch.p + (group.lowerBound - rows.lowerBound) * tileScoreRow,
      scratch.ds + (group.lowerBound - rows.lowerBound) * tileScoreRow
    )
    let width = layout.seen(by: group.upperBound - 1, of: keys)
    let columns = wholeVectors(width)
    tile_product(
      operands.q + at, queryStride, 1, scratch.keys, tile_panel, tile_panel * d, p, tileScoreRow, group.count, columns,
      d, false)
    tile_product(
      operands.dy + at, queryStride, 1, scratch.values, tile_panel, tile_panel * d, ds, tileScoreRow, group.count,
      columns, d, false)
    for (index, row) in group.enumerated() {
      tile_score_gradients(
        p + index * tileScoreRow, ds + index * tileScoreRow, layout.seen(by: row, of: keys), width + tileRowGroup,
        layout.scale, operands.logs[row * layout.queryHeads + head], scratch.dots[row - rows.lowerBound])
    }
  }
}
