/// A text that has been cut into pieces: no merge crosses from one piece to the next.
struct Pieces {
  var text: [UInt8]
  var ranges: [Range<Int>]

  init(_ text: [UInt8]) {
    self.text = text
    ranges = text.isEmpty ? [] : [0..<text.count]
  }
}

/// Where a text stands in the whole, which decides whether something is put in front of it.
enum TextPosition {
  case start
  /// After an added token or an image.
  case afterToken
  /// Goes on from text that was encoded before.
  case continuation
}

/// How text is cut before the model sees it: `pre_tokenizers` of Hugging Face's tokenizers.
indirect enum PreTokenizer: Sendable {
  /// What becomes of the matches of a split.
  enum Behavior: String, Sendable {
    case removed = "Removed"
    case isolated = "Isolated"
    case mergedWithPrevious = "MergedWithPrevious"
    case mergedWithNext = "MergedWithNext"
    case contiguous = "Contiguous"
  }

  enum PrependScheme: String, Sendable { case first, always, never }

  case byteLevel(addsPrefixSpace: Bool, pattern: Pattern?)
  case split(Pattern, Behavior, isInverted: Bool)
  case digits(individual: Bool)
  case metaspace(replacement: [UInt8], PrependScheme, splits: Bool)
  case sequence([PreTokenizer])

  /// Whether the pieces' bytes are what the model merges.
  var isByteLevel: Bool {
    switch self {
    case .byteLevel: true
    case .sequence(let steps): steps.contains(where: \.isByteLevel)
    default: false
    }
  }

  func apply(_ pieces: Pieces, _ position: TextPosition) -> Pieces {
    switch self {
    case .byteLevel(let addsPrefixSpace, let pattern):
      let spaced = addsPrefixSpace ? prefixed(pieces, with: [0x20], isContinued: position == .continuation) : pieces
      guard let pattern else { return spaced }
      return cut(spaced, .isolated, isInverted: false) { pattern.split($0, $1, $2) }
    case .split(let pattern, let behavior, let isInverted):
      return cut(pieces, behavior, isInverted: isInverted) { pattern.split($0, $1, $2) }
    case .digits(let individual):
      return cut(pieces, individual ? .isolated : .contiguous, isInverted: false) { text, range, body in
        separate(text, range, body) { UnicodeClasses.bit($0) & UnicodeClasses.numbers != 0 }
      }
    case .metaspace(let replacement, let scheme, let splits):
      return metaspace(pieces, replacement, scheme, splits, position)
    case .sequence(let steps):
      return steps.reduce(pieces) { $1.apply($0, position) }
    }
  }

  /// Puts `prefix` in front of every piece that does not begin with it.
  private func prefixed(_ pieces: Pieces, with prefix: [UInt8], isContinued: Bool) -> Pieces {
    var out = Pieces([])
    for (index, range) in pieces.ranges.enumerated() {
      let piece = pieces.text[range]
      let start = out.text.count
      if !piece.starts(with: prefix), !(isContinued && index == 0) { out.text += prefix }
      out.text += piece
      out.ranges.append(start..<out.text.count)
    }
    return out
  }

  private func metaspace(
    _ pieces: Pieces, _ replacement: [UInt8], _ scheme: PrependScheme, _ splits: Bool, _ position: TextPosition
  ) -> Pieces {
    var out = Pieces([])
    for (index, range) in pieces.ranges.enumerated() {
      let piece = Array(pieces.text[range]).replacing([0x20], with: replacement)
      let isFirst = index == 0 && position == .start
      let isContinued = index == 0 && position == .continuation
      let prepends = scheme == .always && !isContinued || scheme == .first && isFirst
      let start = out.text.count
      if prepends, !piece.starts(with: replacement) { out.text += replacement }
      out.text += piece
      out.ranges.append(start..<out.text.count)
    }
    guard splits else { return out }
    let mark = UTF8Cursor.scalar(replacement, at: 0).value
    return cut(out, .mergedWithNext, isInverted: false) { text, range, body in
      separate(text, range, body) { $0 == mark }
    }
  }

  /// Calls `body` with every scalar that matches, one by one, and every run of those that do not.
  private func separate(
    _ text: [UInt8], _ range: Range<Int>, _ body: (Range<Int>, Bool) -> Void, matches: (UInt32) -> Bool
  ) {
    var (gap, index) = (range.lowerBound, range.lowerBound)
    while index < range.upperBound {
      let (value, length) = UTF8Cursor.scalar(text, at: index)
      if matches(value) {
        if gap < index { body(gap..<index, false) }
        body(index..<(index + length), true)
        gap = index + length
      }
      index += length
    }
    if gap < range.upperBound { body(gap..<range.upperBound, false) }
  }

  private func cut(
    _ pieces: Pieces, _ behavior: Behavior, isInverted: Bool,
    _ split: ([UInt8], Range<Int>, (Range<Int>, Bool) -> Void) -> Void
  ) -> Pieces {
    var out = pieces
    out.ranges = []
    for range in pieces.ranges {
      var parts: [(range: Range<Int>, isMatch: Bool)] = []
      split(pieces.text, range) { parts.append(($0, $1 != isInverted)) }
      out.ranges += Self.joined(parts, behavior)
    }
    return out
  }

  private static func joined(_ parts: [(range: Range<Int>, isMatch: Bool)], _ behavior: Behavior) -> [Range<Int>] {
    var ranges: [Range<Int>] = []
    var wasMatch = false
    for (index, part) in parts.enumerated() {
      let joins =
        switch behavior {
        case .removed, .isolated: false
        case .mergedWithPrevious: part.isMatch && !wasMatch
        case .mergedWithNext: !part.isMatch && wasMatch
        case .contiguous: part.isMatch == wasMatch
        }
      wasMatch = part.isMatch
      if behavior == .removed, part.isMatch { continue }
      if joins, index > 0, let last = ranges.popLast() {
        ranges.append(last.lowerBound..<part.range.upperBound)
      } else {
        ranges.append(part.range)
      }
    }
    return ranges
  }
}
