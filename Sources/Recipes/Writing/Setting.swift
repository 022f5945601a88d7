/// A recipe taken apart into plain settings: what is written and compared.
indirect enum Setting: Equatable {
  /// A value as YAML spells it, quotes included.
  case scalar(String)
  case list([Setting], layout: Layout = .compact)
  case map([SettingEntry], layout: Layout = .compact)

  enum Layout {
    /// On one line, if it fits.
    case compact
    /// A line for each entry.
    case block
  }

  static func integer(_ value: Int) -> Setting { .scalar(String(value)) }
  static func text(_ value: String) -> Setting { .scalar(spelled(value)) }
  static func choice(_ value: some RawRepresentable<String>) -> Setting { .scalar(value.rawValue) }

  /// The shortest digits that read back to the same value, with the point that YAML 1.1 asks for in `1.0e-05`.
  static func number(_ value: Double) -> Setting {
    let text = String(value)
    guard let exponent = text.firstIndex(of: "e"), !text.contains(".") else { return .scalar(text) }
    return .scalar("\(text[..<exponent]).0\(text[exponent...])")
  }

  /// A map without the settings that are not given.
  static func map(_ entries: KeyValuePairs<String, Setting?>, layout: Layout = .compact) -> Setting {
    .map(entries.compactMap { key, value in value.map { SettingEntry(key: key, value: $0) } }, layout: layout)
  }
}

struct SettingEntry: Equatable {
  var key: String
  var value: Setting
}

/// Text with double quotes unless every YAML reader takes it for text without them.
func spelled(_ text: String) -> String {
  let otherMeanings = ["null", "true", "false", "yes", "no", "on", "off", "y", "n"]
  let first = text.utf8.first ?? 0
  let beginsPlain = isLetter(first) || "/_".utf8.contains(first)
  let isPlain = text.utf8.allSatisfy { isLetter($0) || "0123456789/_.-+@".utf8.contains($0) }
  if beginsPlain, isPlain, !otherMeanings.contains(text.lowercased()) { return text }
  return "\"" + text.unicodeScalars.map(escaped).joined() + "\""
}

private func isLetter(_ byte: UInt8) -> Bool {
  (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
}

private func escaped(_ scalar: Unicode.Scalar) -> String {
  switch scalar.value {
  case 0x22, 0x5C: "\\" + String(scalar)
  case 0x0A: "\\n"
  case 0x09: "\\t"
  // What YAML does not allow as it is, or takes for the end of a line.
  case 0...0x1F, 0x7F...0x9F, 0x2028, 0x2029, 0xFEFF, 0xFFFE, 0xFFFF: "\\u" + hexadecimal(scalar.value, digits: 4)
  default: String(scalar)
  }
}
