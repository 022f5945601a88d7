/// The known word that is closest to a misspelt one.
public struct NearestKey: Equatable, Sendable {
  public var key: String
  /// Insertions, deletions, replacements and swaps of neighbours between the two, case ignored.
  public var distance: Int
  /// Close enough that the writer most likely meant it.
  public var isLikely: Bool

  /// nil if nothing is known. The first of equally close ones wins.
  public init?(to word: String, among known: [String]) {
    // A longer word is no typing error, and the cost of comparing grows with the length.
    let letters = Array(word.lowercased().prefix(100))
    let candidates = known.map { (key: $0, distance: editDistance(letters, Array($0.lowercased()))) }
    guard let best = candidates.min(by: { $0.distance < $1.distance }) else { return nil }
    key = best.key
    distance = best.distance
    isLikely = distance <= max(1, min(letters.count, best.key.count) / 2)
  }
}

/// Optimal string alignment distance: Levenshtein's, where a swap of two neighbours counts as one.
func editDistance(_ left: [Character], _ right: [Character]) -> Int {
  var beforeLast: [Int] = []
  var last = Array(0...right.count)
  for (row, letter) in left.enumerated() {
    var current = [row + 1]
    for (column, other) in right.enumerated() {
      var best = min(last[column + 1], current[column]) + 1
      best = min(best, last[column] + (letter == other ? 0 : 1))
      if row > 0, column > 0, letter == right[column - 1], left[row - 1] == other {
        best = min(best, beforeLast[column - 1] + 1)
      }
      current.append(best)
    }
    (beforeLast, last) = (last, current)
  }
  return last[right.count]
}
