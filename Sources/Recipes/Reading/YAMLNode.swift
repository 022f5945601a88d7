/// A value of the recipe's text with its place, before anything is known about its meaning.
///
/// Anchors and merge keys are resolved here, and overrides change this tree, so what reads it sees plain values.
struct YAMLNode: Equatable {
  var content: Content
  var place: Place

  enum Content: Equatable {
    case scalar(YAMLScalar)
    case sequence([YAMLNode])
    /// Keys are unique and keep the order of the text.
    case mapping([YAMLEntry])
  }

  var isNull: Bool { content == .scalar(.null) }

  /// What an error says was found here.
  var found: String {
    switch content {
    case .scalar(.null): "nothing"
    case .scalar(.bool(let value)): "the truth value \(value)"
    case .scalar(.integer(let value)): "the number \(value)"
    case .scalar(.number(let value)): "the number \(value)"
    case .scalar(.text(let text)): "the text \(quoted(text))"
    case .sequence: "a list"
    case .mapping: "a mapping"
    }
  }
}

struct YAMLEntry: Equatable {
  var key: String
  var keyPlace: Place
  var value: YAMLNode
}

/// A single value, by the core rules of YAML 1.2: `yes` and `0o7` are text.
enum YAMLScalar: Equatable {
  case null
  case bool(Bool)
  case integer(Int)
  /// Always finite.
  case number(Double)
  case text(String)

  /// The value that text without quotes stands for.
  init(plain text: String) {
    switch text {
    case "", "~", "null", "Null", "NULL": self = .null
    case "true", "True", "TRUE": self = .bool(true)
    case "false", "False", "FALSE": self = .bool(false)
    default: self = Self.numeric(text) ?? .text(text)
    }
  }

  /// Decimal numbers alone: `0x1p3`, `nan` and `1_000` are text, and so is `010`, which YAML 1.1 reads as eight.
  private static func numeric(_ text: String) -> YAMLScalar? {
    let digits = text.utf8.drop { $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "+") }
    let isDigit = { (byte: UInt8) in byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }
    guard let first = digits.first, isDigit(first) || first == UInt8(ascii: ".") else { return nil }
    guard text.utf8.allSatisfy({ isDigit($0) || "+-.eE".utf8.contains($0) }) else { return nil }
    if digits.allSatisfy(isDigit) {
      guard digits.count == 1 || first != UInt8(ascii: "0") else { return nil }
      if let integer = Int(text) { return .integer(integer) }
    }
    guard let number = Double(text), number.isFinite else { return nil }
    return .number(number)
  }
}
