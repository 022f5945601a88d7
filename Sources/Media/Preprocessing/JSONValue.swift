import Foundation

/// A JSON value of any shape, for files whose errors must name a key.
enum JSONValue: Equatable, Decodable {
  case null
  case bool(Bool)
  case number(Double)
  case string(String)
  case array([JSONValue])
  case object([String: JSONValue])

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let value = try? container.decode(Bool.self) {
      self = .bool(value)
    } else if let value = try? container.decode(Double.self) {
      self = .number(value)
    } else if let value = try? container.decode(String.self) {
      self = .string(value)
    } else if let value = try? container.decode([JSONValue].self) {
      self = .array(value)
    } else {
      self = .object(try container.decode([String: JSONValue].self))
    }
  }

  /// Nil where the bytes are no JSON.
  init?(_ bytes: [UInt8]) {
    guard let value = try? JSONDecoder().decode(JSONValue.self, from: Data(bytes)) else { return nil }
    self = value
  }

  /// A whole number, if this is one that fits.
  var integer: Int? {
    guard case .number(let value) = self else { return nil }
    return Int(exactly: value)
  }

  /// The text Hugging Face writes: keys in order, two spaces a level, numbers in the fewest digits.
  func text(indent: String? = "") -> String {
    let inner = indent.map { $0 + "  " }
    let (newline, closing) = (inner.map { "\n" + $0 } ?? "", indent.map { "\n" + $0 } ?? "")
    let comma = inner == nil ? ", " : ","
    switch self {
    case .null: return "null"
    case .bool(let value): return value ? "true" : "false"
    case .number(let value): return integer.map(String.init) ?? value.description
    case .string(let value): return Self.quoted(value)
    case .array(let values):
      return "[" + values.map { newline + $0.text(indent: inner) }.joined(separator: comma) + closing + "]"
    case .object(let members):
      let lines = members.sorted { $0.key < $1.key }.map {
        newline + Self.quoted($0.key) + ": " + $0.value.text(indent: inner)
      }
      return "{" + lines.joined(separator: comma) + closing + "}"
    }
  }

  private static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case ..<" ": result += "\\u00" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16)
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
