/// Finds where the entries of a JSON array or of a JSONL file begin and end, without parsing them.
///
/// It follows strings, escapes and brackets only, so one broken entry does not spoil the others and a file of any size
/// costs a few numbers per entry. Feed it the file piece by piece, then ask for the entries.
struct EntryScanner {
  struct Entry: Sendable, Equatable {
    let range: Range<Int>
    /// Line of the file where it begins, from 1.
    let line: Int
    var damage: Damage?
  }

  /// What is wrong with the file at an entry.
  enum Damage: Sendable, Equatable {
    /// One of the pieces of a stretch whose brackets never close: where the entries end is a guess from the lines.
    case unclosed
    /// The array has no end: the file was cut off here.
    case cutOff
    /// The file goes on behind the end of the array.
    case behindEnd
  }

  private enum Layout { case unknown, lines, array, behindArray }

  private struct Mark {
    let at: Int
    let line: Int
  }

  private var entries: [Entry] = []
  /// How many entries begin like an object.
  private(set) var objects = 0
  private var layout = Layout.unknown
  private var (at, line) = (0, 1)

  private var begin: Mark?
  private var (depth, inString, escaped) = (0, false, false)
  /// The last byte that is no space, outside of strings.
  private var last: UInt8 = 0
  /// Spaces before the first other byte of this line; nil once that was seen.
  private var margin: Int? = 0
  private var indentation = 0
  /// How far right a line of this array may start and still be an entry of it rather than a part of one.
  private var deepest = 0
  /// Where other entries would begin if brackets or quotes of the present one are missing.
  private var restarts: [Mark] = []
  /// Whether a quote of the present entry is missing for certain.
  private var lacksQuote = false

  init() {}

  /// The next bytes of the file.
  mutating func feed(_ bytes: [UInt8]) {
    for byte in bytes {
      if layout == .unknown { chooseLayout(byte) }
      switch layout {
      case .unknown: break
      case .lines: line(byte)
      case .array: array(byte)
      case .behindArray: if begin == nil, !Self.isSpace(byte) { begin = Mark(at: at, line: line) }
      }
      at += 1
      if byte == Self.newline { line += 1 }
    }
  }

  /// All entries, at the end of the file. Those that cannot be right are among them, so that nothing is passed over in
  /// silence.
  mutating func finish() -> [Entry] {
    switch layout {
    case .unknown: break
    case .lines: close(at)
    case .array: closeUnclosed()
    case .behindArray: close(at, .behindEnd)
    }
    return entries
  }

  /// A byte-order mark is passed over.
  private mutating func chooseLayout(_ byte: UInt8) {
    if at < 3, byte == [0xEF, 0xBB, 0xBF][at] { return }
    if Self.isSpace(byte) {
      margin = byte == Self.newline ? 0 : margin.map { $0 + 1 }
    } else {
      layout = byte == UInt8(ascii: "[") ? .array : .lines
    }
  }

  /// A line is an entry as it stands, broken or not.
  private mutating func line(_ byte: UInt8) {
    if byte == Self.newline { close(at) } else if begin == nil, !Self.isSpace(byte) { open(byte) }
  }

  private mutating func array(_ byte: UInt8) {
    if byte == Self.newline {
      // JSON has no line ends in strings: a quote is missing. From here on it can be right again.
      if inString { lacksQuote = true }
      (inString, escaped, margin) = (false, false, 0)
      return
    }
    if inString {
      if !escaped, byte == UInt8(ascii: "\"") { inString = false }
      escaped = !escaped && byte == UInt8(ascii: "\\")
      return
    }
    if Self.isSpace(byte) {
      margin = margin.map { $0 + 1 }
      return
    }
    defer { (margin, last) = (nil, byte) }
    let isFirst = margin != nil
    if let margin { indentation = margin }
    if begin != nil, isFirst, byte == UInt8(ascii: "{"), indentation <= deepest {
      restarts.append(Mark(at: at, line: line))
    }
    switch byte {
    // The array's own bracket.
    case UInt8(ascii: "[") where depth == 0: depth = 1
    case UInt8(ascii: ",") where depth == 1: close(at)
    case UInt8(ascii: "]") where depth == 1:
      close(at)
      layout = .behindArray
    default:
      if begin == nil {
        open(byte)
        // Behind something else on its line, an entry may stand one further right in the next lines: "[{...},\n {...}]".
        deepest = indentation + (isFirst ? 0 : 1)
      }
      follow(byte)
    }
  }

  private mutating func follow(_ byte: UInt8) {
    switch byte {
    case UInt8(ascii: "\""): inString = true
    case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
    // A bracket too many is the entry's own fault and ends nothing.
    case UInt8(ascii: "}"), UInt8(ascii: "]"): depth = max(1, depth - 1)
    default: break
    }
  }

  private mutating func open(_ byte: UInt8) {
    begin = Mark(at: at, line: line)
    if byte == UInt8(ascii: "{") { objects += 1 }
  }

  private mutating func close(_ end: Int, _ damage: Damage? = nil) {
    if lacksQuote || damage == .cutOff { split() }
    if let begin { entries.append(Entry(range: begin.at..<end, line: begin.line, damage: damage)) }
    (begin, restarts, lacksQuote) = (nil, [], false)
  }

  /// The present entry has swallowed others, for want of a bracket or a quote.
  private mutating func split() {
    for mark in restarts {
      if let begin { entries.append(Entry(range: begin.at..<mark.at, line: begin.line, damage: .unclosed)) }
      begin = mark
      objects += 1
    }
  }

  /// The array has no end. Either the file was cut off, or a bracket is missing in an entry that swallowed all others.
  private mutating func closeUnclosed() {
    if depth == 1, last == UInt8(ascii: "}") { close(at) }
    if begin == nil { begin = Mark(at: at, line: line) }
    close(at, .cutOff)
  }

  private static let newline = UInt8(ascii: "\n")
  static func isSpace(_ byte: UInt8) -> Bool { byte == 32 || (9...13).contains(byte) }
}
