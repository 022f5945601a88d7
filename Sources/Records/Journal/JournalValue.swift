/// A fact beside a decision in the journal.
public enum JournalValue: Equatable, Sendable {
  case text(String)
  case integer(Int)
  /// NaN and infinities are written as null, and null is read as NaN.
  case number(Double)
  case flag(Bool)
  case list([JournalValue])
  case table([String: JournalValue])

  var json: String {
    switch self {
    case .text(let text): JSONText.string(text)
    case .integer(let value): String(value)
    case .number(let value): JSONText.number(value)
    case .flag(let value): value ? "true" : "false"
    case .list(let values): "[" + values.map(\.json).joined(separator: ", ") + "]"
    case .table(let values): JSONText.object(values, \.json)
    }
  }
}

extension JournalValue {
  var text: String? { if case .text(let text) = self { text } else { nil } }

  var integer: Int? { if case .integer(let value) = self { value } else { nil } }

  /// Also a number that was whole, and reads back as an integer.
  var number: Double? {
    switch self {
    case .number(let value): value
    case .integer(let value): Double(value)
    default: nil
    }
  }

  var table: [String: JournalValue]? { if case .table(let values) = self { values } else { nil } }
}

extension JournalValue: CustomStringConvertible {
  /// For people: `captions 0.9, text 0.1`.
  public var description: String {
    switch self {
    case .text(let text): text
    case .integer(let value): String(value)
    case .number(let value): Figures.significant(value)
    case .flag(let value): value ? "yes" : "no"
    case .list(let values): values.map(\.description).joined(separator: ", ")
    case .table(let values):
      values.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
    }
  }
}

extension JournalValue: Decodable {
  public init(from decoder: any Decoder) throws {
    let value = try decoder.singleValueContainer()
    if value.decodeNil() {
      self = .number(.nan)
    } else if let flag = try? value.decode(Bool.self) {
      self = .flag(flag)
    } else if let integer = try? value.decode(Int.self) {
      self = .integer(integer)
    } else if let number = try? value.decode(Double.self) {
      self = .number(number)
    } else if let text = try? value.decode(String.self) {
      self = .text(text)
    } else if let list = try? value.decode([JournalValue].self) {
      self = .list(list)
    } else {
      self = .table(try value.decode([String: JournalValue].self))
    }
  }
}

extension JournalValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
  ExpressibleByBooleanLiteral
{
  public init(stringLiteral value: String) { self = .text(value) }
  public init(integerLiteral value: Int) { self = .integer(value) }
  public init(floatLiteral value: Double) { self = .number(value) }
  public init(booleanLiteral value: Bool) { self = .flag(value) }
}
