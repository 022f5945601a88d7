/// Reads JSON (RFC 8259) that is known in form and hostile in content, front to back and without building a tree.
///
/// Foundation's decoder keeps neither the order of keys nor the fact that one was given twice, and would build a
/// 100 MB header in memory several times over.
struct JSONScanner {
  private let text: UnsafeRawBufferPointer
  private(set) var offset = 0
  /// Deeper nesting is refused: skipping is recursive.
  private static let deepest = 64

  init(_ text: UnsafeRawBufferPointer) { self.text = text }

  func fault(_ expected: String) -> JSONFault { JSONFault(offset: offset, expected: expected) }

  private mutating func peek() -> UInt8? {
    while offset < text.count, [0x20, 0x09, 0x0A, 0x0D].contains(text[offset]) { offset += 1 }
    return offset < text.count ? text[offset] : nil
  }

  /// Goes behind `character` if it comes next.
  private mutating func passes(_ character: Unicode.Scalar) -> Bool {
    guard peek() == UInt8(ascii: character) else { return false }
    offset += 1
    return true
  }

  private mutating func take(_ character: Unicode.Scalar, _ name: String) throws(JSONFault) {
    if !passes(character) { throw fault(name) }
  }

  /// Nothing but blanks follows.
  mutating func end() throws(JSONFault) {
    if peek() != nil { throw fault("the end") }
  }

  /// Calls `member` for each key of an object, standing before its value.
  mutating func object<E: Error>(
    _ wrap: (JSONFault) -> E, _ member: (inout JSONScanner, String) throws(E) -> Void
  ) throws(E) {
    do { try take("{", "an object") } catch { throw wrap(error) }
    if passes("}") { return }
    while true {
      let key: String
      do {
        key = try string()
        try take(":", "a colon")
      } catch { throw wrap(error) }
      try member(&self, key)
      if passes("}") { return }
      do { try take(",", "a comma or }") } catch { throw wrap(error) }
    }
  }

  /// Integers in brackets, at most `limit` of them.
  mutating func integers(limit: Int) throws(JSONFault) -> [Int] {
    try take("[", "a list of integers")
    var values: [Int] = []
    if passes("]") { return values }
    while true {
      if values.count == limit { throw fault("at most \(limit) integers") }
      values.append(try integer())
      if passes("]") { return values }
      try take(",", "a comma or ]")
    }
  }

  mutating func integer() throws(JSONFault) -> Int {
    _ = peek()
    let start = offset
    if offset < text.count, text[offset] == UInt8(ascii: "-") { offset += 1 }
    while offset < text.count, (0x30...0x39).contains(text[offset]) { offset += 1 }
    let digits = String(decoding: text[start..<offset], as: UTF8.self)
    let isFraction = offset < text.count && [0x2E, 0x45, 0x65].contains(text[offset])
    guard let value = Int(digits), !isFraction, String(value) == digits else {
      offset = start
      throw fault("an integer of at most 64 bits")
    }
    return value
  }

  /// Passes over any value.
  mutating func skip(depth: Int = 0) throws(JSONFault) {
    if depth > Self.deepest { throw fault("at most \(Self.deepest) levels") }
    switch peek() {
    case UInt8(ascii: "\""): _ = try string()
    case UInt8(ascii: "{"):
      try object({ $0 }, { (scanner, _) throws(JSONFault) in try scanner.skip(depth: depth + 1) })
    case UInt8(ascii: "["):
      offset += 1
      if passes("]") { return }
      while true {
        try skip(depth: depth + 1)
        if passes("]") { return }
        try take(",", "a comma or ]")
      }
    default:
      let start = offset
      while offset < text.count, "+-.0123456789Eaeflnrstu".utf8.contains(text[offset]) { offset += 1 }
      let word = String(decoding: text[start..<offset], as: UTF8.self)
      guard ["true", "false", "null"].contains(word) || (Double(word) != nil && !word.contains("n")) else {
        offset = start
        throw fault("a value")
      }
    }
  }
}

extension JSONScanner {
  /// A string with its escapes resolved.
  mutating func string() throws(JSONFault) -> String {
    try take("\"", "a string")
    var bytes: [UInt8] = []
    while offset < text.count {
      let byte = text[offset]
      switch byte {
      case UInt8(ascii: "\""):
        guard let value = String(validating: bytes, as: UTF8.self) else { throw fault("UTF-8 in the string before") }
        offset += 1
        return value
      case UInt8(ascii: "\\"):
        offset += 1
        bytes.append(contentsOf: String(try escape()).utf8)
      case 0..<0x20: throw fault("no control character in a string")
      default:
        bytes.append(byte)
        offset += 1
      }
    }
    throw fault("the end of a string")
  }

  private mutating func escape() throws(JSONFault) -> Character {
    guard offset < text.count else { throw fault("an escaped character") }
    let byte = text[offset]
    offset += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Character(Unicode.Scalar(byte))
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{C}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"): return Character(try unicodeEscape())
    default:
      offset -= 1
      throw fault("an escaped character")
    }
  }

  private mutating func unicodeEscape() throws(JSONFault) -> Unicode.Scalar {
    let first = try fourDigits()
    if let scalar = Unicode.Scalar(first) { return scalar }
    guard (0xD800..<0xDC00).contains(first), offset + 1 < text.count, text[offset] == UInt8(ascii: "\\"),
      text[offset + 1] == UInt8(ascii: "u")
    else { throw fault("a pair of surrogates") }
    offset += 2
    let second = try fourDigits()
    guard (0xDC00..<0xE000).contains(second),
      let scalar = Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
    else { throw fault("a pair of surrogates") }
    return scalar
  }

  private mutating func fourDigits() throws(JSONFault) -> UInt32 {
    guard offset + 4 <= text.count else { throw fault("four hexadecimal digits") }
    var value: UInt32 = 0
    for byte in text[offset..<offset + 4] {
      guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue, byte < 0x80 else {
        throw fault("four hexadecimal digits")
      }
      value = value << 4 | UInt32(digit)
    }
    offset += 4
    return value
  }
}

/// `text` as a JSON string, quotes included.
func jsonString(_ text: String) -> String {
  var result = "\""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "\"": result += "\\\""
    case "\\": result += "\\\\"
    case "\u{0}"..<"\u{20}":
      let digits = String(scalar.value, radix: 16)
      result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
    default: result.unicodeScalars.append(scalar)
    }
  }
  return result + "\""
}
