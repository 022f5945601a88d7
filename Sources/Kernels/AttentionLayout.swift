// Letters: Q query rows, K key rows (both over all segments), d head width.

/// Which rows of a batch attend to which: samples lie one behind the other, without padding.
///
/// Segment s has the query rows `queryStarts[s] ..< queryStarts[s + 1]` and the key rows `keyStarts[s] ..< keyStarts[s + 1]`;
/// no row sees another segment. Query row q sees the first `visible[q]` keys of its segment: all of them in a vision
/// tower, one more from row to row under a causal mask. Within a segment `visible` never falls.
public struct AttentionLayout: Sendable, Equatable {
  public let queryHeads: Int
  public let keyHeads: Int
  public let headWidth: Int
  public let queryStarts: [Int]
  public let keyStarts: [Int]
  public let visible: [Int32]

  public init(
    queryHeads: Int, keyHeads: Int, headWidth: Int, queryStarts: [Int], keyStarts: [Int], visible: [Int32]
  ) {
    precondition(keyHeads > 0 && queryHeads % keyHeads == 0, "attention: \(queryHeads) heads over \(keyHeads)")
    precondition(queryStarts.count == keyStarts.count && visible.count == queryStarts.last, "attention: layout")
    for segment in 0..<max(0, queryStarts.count - 1) {
      let keys = keyStarts[segment + 1] - keyStarts[segment]
      // Kernels look as far as the last row of a tile sees.
      var before: Int32 = 0
      for row in queryStarts[segment]..<queryStarts[segment + 1] {
        precondition(
          visible[row] >= before && Int(visible[row]) <= keys,
          "attention: row \(row) sees \(visible[row]) keys after \(before), its segment has \(keys)")
        before = visible[row]
      }
    }
    self.queryHeads = queryHeads
    self.keyHeads = keyHeads
    self.headWidth = headWidth
    self.queryStarts = queryStarts
    self.keyStarts = keyStarts
    self.visible = visible
  }

  /// Every row of a segment sees the whole segment; `starts` are cumulative lengths, beginning with 0.
  public static func full(heads: Int, headWidth: Int, starts: [Int]) -> AttentionLayout {
    var visible: [Int32] = []
    for s in 1..<max(1, starts.count) {
      let length = starts[s] - starts[s - 1]
      visible += [Int32](repeating: Int32(length), count: length)
    }
    return AttentionLayout(
      queryHeads: heads, keyHeads: heads, headWidth: headWidth, queryStarts: starts, keyStarts: starts,
      visible: visible)
  }

  /// Row i of a segment sees keys 0...i; `starts` are cumulative lengths, beginning with 0.
  public static func causal(queryHeads: Int, keyHeads: Int, headWidth: Int, starts: [Int]) -> AttentionLayout {
    var visible: [Int32] = []
    for s in 1..<max(1, starts.count) { visible += (0..<(starts[s] - starts[s - 1])).map { Int32($0 + 1) } }
    return AttentionLayout(
      queryHeads: queryHeads, keyHeads: keyHeads, headWidth: headWidth, queryStarts: starts, keyStarts: starts,
      visible: visible)
  }

  var segments: Int { queryStarts.count - 1 }
  /// Distance between rows of q and of k, v.
  var queryStride: Int { queryHeads * headWidth }
  var keyStride: Int { keyHeads * headWidth }
  /// Floating-point operations of one product over all pairs that see each other, for a profile.
  var productFlops: Int { 2 * queryStride * visible.reduce(0) { $0 + Int($1) } }
  /// Softmax is taken of `q · k · scale`.
  var scale: Float { 1 / Float(headWidth).squareRoot() }
}
