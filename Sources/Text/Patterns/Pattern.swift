/// A regular expression over UTF-8, for the patterns of pre-tokenizers: alternatives, groups, classes, greedy and
/// possessive counts of one class, look-ahead, `(?i:...)`. Matching follows Oniguruma (leftmost, first alternative
/// that fits). It is not Foundation's: there `\s` leaves out two of Unicode's white spaces, and token ids would differ.
///
/// Counts apply to single classes only, so matching recurses as deep as the pattern is long, never as the text is.
struct Pattern: Sendable {
  enum Instruction: Sendable {
    case accept
    case count(set: Int, minimum: Int, maximum: Int, isPossessive: Bool, next: Int)
    case choice([Int])
    case lookahead(Int, isNegative: Bool, next: Int)
  }

  private(set) var instructions: [Instruction] = [.accept]
  private(set) var sets: [ScalarSet] = []
  private var start = 0

  init(_ text: String) throws(TextError) {
    var parser = PatternParser(text)
    start = try emit(try parser.parse(), next: 0, text)
  }

  private mutating func emit(_ node: PatternNode, next: Int, _ text: String) throws(TextError) -> Int {
    switch node {
    case .set(let set): return emit(set, 1, 1, false, next)
    case .sequence(let nodes):
      var following = next
      for node in nodes.reversed() { following = try emit(node, next: following, text) }
      return following
    case .choice(let nodes):
      var starts: [Int] = []
      for node in nodes { starts.append(try emit(node, next: next, text)) }
      return append(.choice(starts))
    case .lookahead(let node, let isNegative):
      return append(.lookahead(try emit(node, next: 0, text), isNegative: isNegative, next: next))
    case .count(.set(let set), let minimum, let maximum, let isPossessive, _):
      return emit(set, minimum, maximum, isPossessive, next)
    case .count(let node, 0, 1, false, _):
      return append(.choice([try emit(node, next: next, text), next]))
    case .count(_, _, _, _, let offset):
      throw .pattern(text, offset: offset, reason: "a group with this count is not supported")
    }
  }

  private mutating func emit(
    _ set: ScalarSet, _ minimum: Int, _ maximum: Int, _ isPossessive: Bool, _ next: Int
  ) -> Int {
    sets.append(set)
    return append(
      .count(set: sets.count - 1, minimum: minimum, maximum: maximum, isPossessive: isPossessive, next: next))
  }

  private mutating func append(_ instruction: Instruction) -> Int {
    instructions.append(instruction)
    return instructions.count - 1
  }

  /// Calls `body` with each piece of `range` in order, and whether it is a match. The text ends, for look-ahead too,
  /// where the range ends.
  func split(_ bytes: [UInt8], _ range: Range<Int>, _ body: (Range<Int>, Bool) -> Void) {
    var (gap, index) = (range.lowerBound, range.lowerBound)
    while index < range.upperBound {
      if let end = match(start, bytes, index, range.upperBound), end > index {
        if gap < index { body(gap..<index, false) }
        body(index..<end, true)
        (gap, index) = (end, end)
      } else {
        index += UTF8Cursor.scalar(bytes, at: index).length
      }
    }
    if gap < range.upperBound { body(gap..<range.upperBound, false) }
  }

  private func match(_ instruction: Int, _ bytes: [UInt8], _ position: Int, _ limit: Int) -> Int? {
    switch instructions[instruction] {
    case .accept: return position
    case .choice(let starts):
      for start in starts {
        if let end = match(start, bytes, position, limit) { return end }
      }
      return nil
    case .lookahead(let start, let isNegative, let next):
      guard (match(start, bytes, position, limit) == nil) == isNegative else { return nil }
      return match(next, bytes, position, limit)
    case .count(let set, let minimum, let maximum, let isPossessive, let next):
      var (index, count) = (position, 0)
      while count < maximum, index < limit {
        let (value, length) = UTF8Cursor.scalar(bytes, at: index)
        guard sets[set].contains(value) else { break }
        index += length
        count += 1
      }
      while count >= minimum {
        if let end = match(next, bytes, index, limit) { return end }
        if isPossessive || count == minimum { return nil }
        index = UTF8Cursor.before(bytes, index)
        count -= 1
      }
      return nil
    }
  }
}
