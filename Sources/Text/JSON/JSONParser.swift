/// Reads RFC 8259 JSON. Nesting is limited, so that a hostile file cannot exhaust the stack.
struct JSONParser {
  private let bytes: [UInt8]
  private let file: String
  private var index = 0
  private static let maximumDepth = 128

  /// Where the values of the outermost object's members lie in the text.
  private(set) var topLevelRanges: [(key: [UInt8], range: Range<Int>)] = []

  init(_ bytes: [UInt8], file: String) {
    self.bytes = bytes
    self.file = file
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { index = 3 }
  }

  mutating func parse() throws(TextError) -> JSONValue {
    let value = try value(depth: 0)
    skipSpace()
    guard index == bytes.count else { throw failure("the end") }
    return value
  }

  private func failure(_ expected: String) -> TextError { .notJSON(file: file, offset: index, expected: expected) }

  private var next: UInt8? { index < bytes.count ? bytes[index] : nil }

  private mutating func skipSpace() {
    while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { index += 1 }
  }

  private mutating func take(_ byte: Character) -> Bool {
    skipSpace()
    guard next == byte.asciiValue else { return false }
    index += 1
    return true
  }

  private mutating func value(depth: Int) throws(TextError) -> JSONValue {
    guard depth < Self.maximumDepth else { throw failure("at most \(Self.maximumDepth) levels") }
    skipSpace()
    switch next {
    case UInt8(ascii: "{"): return try object(depth: depth)
    case UInt8(ascii: "["): return try array(depth: depth)
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    default: return try number()
    }
  }

  private mutating func word(_ text: String, _ value: JSONValue) throws(TextError) -> JSONValue {
    guard bytes[index...].starts(with: text.utf8) else { throw failure("a value") }
    index += text.utf8.count
    return value
  }

  private mutating func object(depth: Int) throws(TextError) -> JSONValue {
    index += 1
    var members: [JSONMember] = []
    if take("}") { return .object(members) }
    repeat {
      skipSpace()
      guard next == UInt8(ascii: "\"") else { throw failure("a key") }
      let key = try string()
      guard take(":") else { throw failure("\":\"") }
      skipSpace()
      let start = index
      members.append(JSONMember(key: key, value: try value(depth: depth + 1)))
      if depth == 0 { topLevelRanges.append((key, start..<index)) }
    } while take(",")
    guard take("}") else { throw failure("\",\" or \"}\"") }
    return .object(members)
  }

  private mutating func array(depth: Int) throws(TextError) -> JSONValue {
    index += 1
    var elements: [JSONValue] = []
    if take("]") { return .array(elements) }
    repeat { elements.append(try value(depth: depth + 1)) } while take(",")
    guard take("]") else { throw failure("\",\" or \"]\"") }
    return .array(elements)
  }

  private mutating func number() throws(TextError) -> JSONValue {
    let start = index
    while let byte = next, isNumberByte(byte) { index += 1 }
    let text = String(decoding: bytes[start..<index], as: UTF8.self)
    guard let first = text.first, first == "-" || first.isNumber, Double(text) != nil else {
      index = start
      throw failure("a value")
    }
    return .number(text)
  }

  private func isNumberByte(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "+")
      || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "e") || byte == UInt8(ascii: "E")
  }

  private mutating func string() throws(TextError) -> [UInt8] {
    index += 1
    var text: [UInt8] = []
    while true {
      let start = index
      while let byte = next, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\"), byte >= 0x20 { index += 1 }
      text += bytes[start..<index]
      switch next {
      case UInt8(ascii: "\""):
        index += 1
        guard String(validating: text, as: UTF8.self) != nil else { throw failure("a string in UTF-8 before this") }
        return text
      case UInt8(ascii: "\\"):
        index += 1
        text += try escape()
      default: throw failure("the end of a string")
      }
    }
  }

  private mutating func escape() throws(TextError) -> [UInt8] {
    let byte = next
    index += 1
    switch byte {
    case UInt8(ascii: "n"): return [0x0A]
    case UInt8(ascii: "t"): return [0x09]
    case UInt8(ascii: "r"): return [0x0D]
    case UInt8(ascii: "b"): return [0x08]
    case UInt8(ascii: "f"): return [0x0C]
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return byte.map { [$0] } ?? []
    case UInt8(ascii: "u"):
      var unit = try hexadecimal()
      if (0xD800..<0xDC00).contains(unit), bytes[index...].starts(with: "\\u".utf8) {
        index += 2
        let low = try hexadecimal()
        guard (0xDC00..<0xE000).contains(low) else { throw failure("a low surrogate before this") }
        unit = 0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00)
      }
      guard let scalar = Unicode.Scalar(unit) else { throw failure("a surrogate pair before this") }
      return Array(String(Character(scalar)).utf8)
    default:
      index -= 1
      throw failure("an escape")
    }
  }

  private mutating func hexadecimal() throws(TextError) -> UInt32 {
    let digits = bytes[index..<min(index + 4, bytes.count)]
    // A number may have a sign in front, an escape may not.
    guard digits.count == 4, digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
      let value = UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
    else {
      throw failure("four hexadecimal digits")
    }
    index += 4
    return value
  }
}
