/// A value of a free-form configuration: the keys of Hugging Face's config.json, which the recipe passes on unread.
public indirect enum ConfigurationValue: Equatable, Sendable {
  case null
  case bool(Bool)
  case int(Int)
  case double(Double)
  case string(String)
  case array([ConfigurationValue])
  /// Keys are unique and keep the order of the file.
  case object([ConfigurationEntry])

  /// The value of a key; nil if this is no object or has no such key.
  public subscript(key: String) -> ConfigurationValue? {
    guard case .object(let entries) = self else { return nil }
    return entries.first { $0.key == key }?.value
  }
}

public struct ConfigurationEntry: Equatable, Sendable {
  public var key: String
  public var value: ConfigurationValue

  public init(key: String, value: ConfigurationValue) {
    self.key = key
    self.value = value
  }
}

extension ConfigurationValue {
  /// The value as UTF-8 bytes of JSON, keys in their order, numbers so that they read back to the same value.
  public func json() -> [UInt8] { Array(jsonText.utf8) }

  private var jsonText: String {
    switch self {
    case .null: "null"
    case .bool(let value): value ? "true" : "false"
    case .int(let value): String(value)
    case .double(let value): String(value)
    case .string(let value): Self.jsonString(value)
    case .array(let values): "[" + values.map(\.jsonText).joined(separator: ", ") + "]"
    case .object(let entries):
      "{" + entries.map { Self.jsonString($0.key) + ": " + $0.value.jsonText }.joined(separator: ", ") + "}"
    }
  }

  private static func jsonString(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "\\": result += "\\" + String(scalar)
      case "\u{0}"..."\u{1F}": result += "\\u" + hexadecimal(scalar.value, digits: 4)
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}

/// Lower-case hexadecimal digits, padded with zeros on the left.
func hexadecimal(_ value: UInt32, digits: Int) -> String {
  let text = String(value, radix: 16)
  return String(repeating: "0", count: max(0, digits - text.count)) + text
}
