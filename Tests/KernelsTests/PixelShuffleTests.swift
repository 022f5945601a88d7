import Kernels
import Tensors
import Testing

/// `out[r][c][(dr·s + dc)·D + ch] = x[s·r + dr][s·c + dc][ch]`, on a grid of 4 × 4 with 3 channels.
@Test func `pixel shuffle puts channels where InternVL's second order has them`() {
  let (side, factor, depth) = (4, 2, 3)
  // The value says where it was: row, column, channel as digits.
  let x = (0..<side * side).flatMap { place in
    (0..<depth).map { Float(place / side * 100 + place % side * 10 + $0) }
  }
  let moved = takeRows(
    Tensor(x, shape: [side * side, depth]), pixelShuffleRows(images: 1, side: side, factor: factor)
  ).array
  let width = factor * factor * depth
  for r in 0..<2 {
    for c in 0..<2 {
      for (dr, dc) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
        for channel in 0..<depth {
          let found = moved[(r * 2 + c) * width + (dr * factor + dc) * depth + channel]
          #expect(found == Float((2 * r + dr) * 100 + (2 * c + dc) * 10 + channel))
        }
      }
    }
  }
  // Written out: the first token has places 00 01 10 11, the second 02 03 12 13, and not the token below.
  #expect(moved[..<12] == [0, 1, 2, 10, 11, 12, 100, 101, 102, 110, 111, 112])
  #expect(moved[12..<24] == [20, 21, 22, 30, 31, 32, 120, 121, 122, 130, 131, 132])
}

@Test(arguments: [(1, 1, 1), (2, 4, 2), (3, 6, 3), (2, 6, 2), (1, 5, 5)])
func `pixel shuffle moves every row to one place and keeps images apart`(images: Int, side: Int, factor: Int) {
  let rows = pixelShuffleRows(images: images, side: side, factor: factor)
  #expect(rows.sorted() == (0..<Int32(images * side * side)).map { $0 })
  for (place, row) in rows.enumerated() { #expect(place / (side * side) == Int(row) / (side * side)) }
}
