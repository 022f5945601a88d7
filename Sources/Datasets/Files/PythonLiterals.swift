/// JSON as Python writes it: NaN and infinities, which JSON does not have.
enum PythonLiterals {
  /// The text with null in their places; strings stay as they are. Nil if there are none.
  static func replaced(_ text: [UInt8]) -> [UInt8]? {
    var result: [UInt8] = []
    var (kept, at, inString) = (0, 0, false)
    while at < text.count {
      let byte = text[at]
      if inString {
        if byte == UInt8(ascii: "\\") { at += 1 } else if byte == UInt8(ascii: "\"") { inString = false }
      } else if byte == UInt8(ascii: "\"") {
        inString = true
      } else if let literal = literals.first(where: { $0[0] == byte && text[at...].starts(with: $0) }) {
        result += text[kept..<at] + null
        kept = at + literal.count
        at = kept
        continue
      }
      at += 1
    }
    return kept == 0 ? nil : result + text[kept...]
  }

  private static let literals = ["NaN", "Infinity", "-Infinity"].map { Array($0.utf8) }
  private static let null = Array("null".utf8)
}
