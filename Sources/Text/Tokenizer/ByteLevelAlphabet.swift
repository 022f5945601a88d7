/// GPT-2's bijection between bytes and printable characters (`bytes_to_unicode`): byte-level vocabularies are written
/// with it. Printable Latin-1 stands for itself, the other 68 bytes are U+0100 onwards.
enum ByteLevelAlphabet {
  /// The character that stands for each byte.
  static let scalars: [UInt32] = {
    var free: UInt32 = 0x100
    return (0..<256).map { byte in
      if (0x21...0x7E).contains(byte) || (0xA1...0xAC).contains(byte) || byte >= 0xAE { return UInt32(byte) }
      defer { free += 1 }
      return free
    }
  }()

  /// `scalars` as UTF-8.
  static let characters: [[UInt8]] = scalars.map(UTF8Cursor.encoded)

  private static let bytes: [UInt32: UInt8] = Dictionary(
    uniqueKeysWithValues: scalars.enumerated().map { ($1, UInt8($0)) })

  /// The bytes that a token stands for, or nil when it has a character that stands for none.
  static func decode(_ token: [UInt8]) -> [UInt8]? {
    var out: [UInt8] = []
    var index = 0
    while index < token.count {
      let (value, length) = UTF8Cursor.scalar(token, at: index)
      guard let byte = bytes[value] else { return nil }
      out.append(byte)
      index += length
    }
    return out
  }

  /// The text's bytes, each as its character.
  static func encode(_ text: ArraySlice<UInt8>) -> [UInt8] { text.flatMap { characters[Int($0)] } }
}
