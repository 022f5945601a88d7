/// Writes strings of JSON.
enum JSONWriter {
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
