/// Steps through valid UTF-8 by scalars.
enum UTF8Cursor {
  /// The scalar value that begins at `index`, and how many bytes it takes.
  static func scalar(_ bytes: [UInt8], at index: Int) -> (value: UInt32, length: Int) {
    let first = UInt32(bytes[index])
    if first < 0x80 { return (first, 1) }
    let second = UInt32(bytes[index + 1] & 0x3F)
    if first < 0xE0 { return ((first & 0x1F) << 6 | second, 2) }
    let third = UInt32(bytes[index + 2] & 0x3F)
    if first < 0xF0 { return ((first & 0x0F) << 12 | second << 6 | third, 3) }
    return ((first & 0x07) << 18 | second << 12 | third << 6 | UInt32(bytes[index + 3] & 0x3F), 4)
  }

  /// Where the scalar begins that ends before `index`.
  static func before(_ bytes: [UInt8], _ index: Int) -> Int {
    var start = index - 1
    while bytes[start] & 0xC0 == 0x80 { start -= 1 }
    return start
  }

  static func encoded(_ value: UInt32) -> [UInt8] {
    Unicode.Scalar(value).map { Array(String(Character($0)).utf8) } ?? []
  }
}
