/// Pieces of JSON, written by hand so that the keys of a line keep their order and floats read back to the same bits.
enum JSONText {
  /// Swift's description is the shortest decimal that reads back to the same bits, and its exponents ("1e-05") are
  /// JSON's. JSON has no NaN and no infinity: they become null.
  static func number(_ value: Float) -> String {
    value.isFinite ? value.description : "null"
  }

  static func number(_ value: Double) -> String {
    value.isFinite ? value.description : "null"
  }

  static func string(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      case _ where scalar.value < 0x20 || scalar.value == 0x7F:
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }

  /// Members in the order given.
  static func object(_ members: [(key: String, value: String)]) -> String {
    "{" + members.map { "\(string($0.key)): \($0.value)" }.joined(separator: ", ") + "}"
  }

  /// Members sorted by key, so that the same dictionary gives the same line in every run.
  static func object<Value>(_ members: [String: Value], _ write: (Value) -> String) -> String {
    object(members.sorted { $0.key < $1.key }.map { ($0.key, write($0.value)) })
  }
}

/// What is wrong with a line, said shortly.
func reason(of error: DecodingError) -> String {
  func place(_ path: [any CodingKey]) -> String {
    path.map(\.stringValue).joined(separator: ".")
  }
  return switch error {
  case .keyNotFound(let key, _): "the key \"\(key.stringValue)\" is missing"
  case .typeMismatch(let type, let context): "\"\(place(context.codingPath))\" is not of type \(type)"
  case .valueNotFound(_, let context): "\"\(place(context.codingPath))\" is null"
  case .dataCorrupted(let context):
    context.codingPath.isEmpty ? "not a line of JSON" : "\"\(place(context.codingPath))\" cannot be read"
  @unknown default: "not a line of JSON"
  }
}
