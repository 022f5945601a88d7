/// Writes JSON.
enum JSONWriter {
  /// The value over many lines, as Hugging Face writes its files: members in their order, numbers as they were read.
  static func text(_ value: JSONValue, indent: Int = 0) -> [UInt8] {
    func lines(_ items: [[UInt8]], _ open: String, _ close: String) -> [UInt8] {
      if items.isEmpty { return Array((open + close).utf8) }
      let margin = Array(("\n" + String(repeating: " ", count: indent + 2)).utf8)
      let body = items.map { margin + $0 }.joined(separator: [UInt8(ascii: ",")])
      return Array(open.utf8) + body + Array(("\n" + String(repeating: " ", count: indent) + close).utf8)
    }
    switch value {
    case .null: return Array("null".utf8)
    case .bool(let bool): return Array((bool ? "true" : "false").utf8)
    case .number(let text): return Array(text.utf8)
    case .string(let bytes): return quoted(bytes)
    case .array(let items): return lines(items.map { text($0, indent: indent + 2) }, "[", "]")
    case .object(let members):
      return lines(
        members.map { quoted($0.key) + Array(": ".utf8) + text($0.value, indent: indent + 2) }, "{", "}")
    }
  }

  /// The text in quotes, with what RFC 8259 requires escaped and nothing else.
  static func quoted(_ text: some Sequence<UInt8>) -> [UInt8] {
    var out: [UInt8] = [UInt8(ascii: "\"")]
    for byte in text {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"): out += [UInt8(ascii: "\\"), byte]
      case 0x0A: out += Array("\\n".utf8)
      case 0..<0x20:
        let digits = String(byte, radix: 16)
        out += Array(("\\u00" + (digits.count == 1 ? "0" : "") + digits).utf8)
      default: out.append(byte)
      }
    }
    out.append(UInt8(ascii: "\""))
    return out
  }
}
