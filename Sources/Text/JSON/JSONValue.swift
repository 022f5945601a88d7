/// A JSON document that keeps what Foundation's reader loses: the order of the members, the text of the numbers and
/// the bytes of the strings (two keys may be canonically equal as `String`s and still be two tokens).
enum JSONValue: Sendable, Equatable {
  case null
  case bool(Bool)
  case number(String)
  case string([UInt8])
  case array([JSONValue])
  case object([JSONMember])

  /// The type's name, for error messages.
  var kind: String {
    switch self {
    case .null: "null"
    case .bool: "a boolean"
    case .number(let text): "the number \(text)"
    case .string(let bytes): "the string \"\(String(decoding: bytes, as: UTF8.self))\""
    case .array: "an array"
    case .object: "an object"
    }
  }
}

/// One member of an object.
struct JSONMember: Sendable, Equatable {
  let key: [UInt8]
  let value: JSONValue
}
