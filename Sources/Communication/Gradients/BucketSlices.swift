/// How one bucket of the flat buffer is shared out: slice p belongs to rank p, and travels in pieces, so that a piece
/// is reduced while the next one comes in.
struct BucketSlices {
  /// 4 MB of floats.
  static let longestPiece = 1 << 20

  let bucket: Range<Int>
  let ranks: Int

  /// The floats that `owner` finishes.
  func slice(of owner: Int) -> Range<Int> {
    bucket.lowerBound + bucket.count * owner / ranks..<bucket.lowerBound + bucket.count * (owner + 1) / ranks
  }

  /// The pieces of a slice, of about the same size. An empty slice has none.
  func pieces(of owner: Int) -> [Range<Int>] {
    let slice = slice(of: owner)
    let count = (slice.count + Self.longestPiece - 1) / Self.longestPiece
    return (0..<count).map {
      slice.lowerBound + slice.count * $0 / count..<slice.lowerBound + slice.count * ($0 + 1) / count
    }
  }
}
