/// Finds where the entries of a JSON array or of a JSONL file begin and end, without parsing them.
///
/// It follows strings, escapes and brackets only, so one broken entry does not spoil the others and a file of any size
/// costs two numbers per entry.
struct EntryScanner {
  struct Entry: Sendable, Equatable {
    let range: Range<Int>
    let line: Int
  }

  /// All entries of `bytes`. A JSONL line is an entry as it stands, broken or not.
  static func entries(_ bytes: [UInt8]) -> [Entry] {
    var start = 0
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { start = 3 }
    while start < bytes.count, isSpace(bytes[start]) { start += 1 }
    guard start < bytes.count else { return [] }
    return bytes[start] == UInt8(ascii: "[") ? array(bytes, from: start + 1) : lines(bytes, from: start)
  }

  private static func lines(_ bytes: [UInt8], from start: Int) -> [Entry] {
    var entries: [Entry] = []
    var line = 1 + bytes[..<start].count { $0 == newline }
    var at = start
    while at < bytes.count {
      let end = bytes[at...].firstIndex(of: newline) ?? bytes.count
      if !bytes[at..<end].allSatisfy(isSpace) { entries.append(Entry(range: at..<end, line: line)) }
      line += 1
      at = end + 1
    }
    return entries
  }

  private static func array(_ bytes: [UInt8], from start: Int) -> [Entry] {
    var entries: [Entry] = []
    var line = 1 + bytes[..<start].count { $0 == newline }
    var (depth, inString, escaped) = (0, false, false)
    var begin: (at: Int, line: Int)?
    for at in start..<bytes.count {
      let byte = bytes[at]
      if byte == newline { line += 1 }
      if inString {
        if escaped { escaped = false } else if byte == UInt8(ascii: "\\") { escaped = true }
        else if byte == UInt8(ascii: "\"") { inString = false }
        continue
      }
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "{"), UInt8(ascii: "["):
        if begin == nil { begin = (at, line) }
        if byte == UInt8(ascii: "\"") { inString = true } else { depth += 1 }
      case UInt8(ascii: "}"): depth -= 1
      case UInt8(ascii: "]") where depth > 0: depth -= 1
      case UInt8(ascii: ","), UInt8(ascii: "]"):
        guard depth == 0 else { continue }
        if let begin { entries.append(Entry(range: begin.at..<at, line: begin.line)) }
        begin = nil
        if byte == UInt8(ascii: "]") { return entries }
      default:
        if begin == nil, !isSpace(byte) { begin = (at, line) }
      }
    }
    // The file was cut off: its last entry is shown as it is, and refused when it is read.
    if let begin { entries.append(Entry(range: begin.at..<bytes.count, line: begin.line)) }
    return entries
  }

  private static let newline = UInt8(ascii: "\n")
  private static func isSpace(_ byte: UInt8) -> Bool { byte == 32 || (9...13).contains(byte) }
}
