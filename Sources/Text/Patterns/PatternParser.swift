/// The syntax tree of a regular expression.
indirect enum PatternNode {
  case set(ScalarSet)
  case sequence([PatternNode])
  case choice([PatternNode])
  case lookahead(PatternNode, isNegative: Bool)
  case count(PatternNode, minimum: Int, maximum: Int, isPossessive: Bool, offset: Int)
}

/// Reads Oniguruma's syntax as far as pre-tokenizers use it; anything else is refused with its place.
struct PatternParser {
  private let text: String
  private let scalars: [Unicode.Scalar]
  private var index = 0
  private var depth = 0
  private var ignoresCase = false

  init(_ text: String) {
    self.text = text
    scalars = Array(text.unicodeScalars)
  }

  /// Scalars of a pattern; those of known models have a few hundred. Matching recurses as deep as a pattern is long.
  static let longest = 4096

  mutating func parse() throws(TextError) -> PatternNode {
    guard scalars.count <= Self.longest else { throw failure("longer than \(Self.longest) characters") }
    let node = try alternatives()
    guard index == scalars.count else { throw failure("a \")\" without its \"(\"") }
    return node
  }

  private var next: Unicode.Scalar? { index < scalars.count ? scalars[index] : nil }

  private func failure(_ reason: String) -> TextError { .pattern(text, offset: index, reason: reason) }

  private mutating func take(_ literal: String) -> Bool {
    guard scalars[index...].starts(with: literal.unicodeScalars) else { return false }
    index += literal.unicodeScalars.count
    return true
  }

  private mutating func alternatives() throws(TextError) -> PatternNode {
    var choices = [try sequence()]
    while take("|") { choices.append(try sequence()) }
    return choices.count == 1 ? choices[0] : .choice(choices)
  }

  private mutating func sequence() throws(TextError) -> PatternNode {
    var nodes: [PatternNode] = []
    while let scalar = next, scalar != "|", scalar != ")" { nodes.append(try counted()) }
    return .sequence(nodes)
  }

  private mutating func counted() throws(TextError) -> PatternNode {
    let node = try atom()
    let offset = index
    let (minimum, maximum): (Int, Int)
    if take("?") {
      (minimum, maximum) = (0, 1)
    } else if take("*") {
      (minimum, maximum) = (0, .max)
    } else if take("+") {
      (minimum, maximum) = (1, .max)
    } else if take("{") {
      (minimum, maximum) = try braces()
      guard next != "+" else { throw failure("a possessive {} is not supported") }
    } else {
      return node
    }
    guard next != "?" else { throw failure("a lazy count is not supported") }
    return .count(node, minimum: minimum, maximum: maximum, isPossessive: take("+"), offset: offset)
  }

  private mutating func braces() throws(TextError) -> (Int, Int) {
    var digits = ""
    while let scalar = next, scalar != "}" {
      digits.unicodeScalars.append(scalar)
      index += 1
    }
    let parts = digits.split(separator: ",", omittingEmptySubsequences: false)
    guard take("}"), let minimum = parts.first.flatMap({ Int($0) }), minimum >= 0, parts.count <= 2 else {
      throw failure("a malformed {}")
    }
    if parts.count == 1 { return (minimum, minimum) }
    if parts[1].isEmpty { return (minimum, .max) }
    guard let maximum = Int(parts[1]), maximum >= minimum else { throw failure("a malformed {}") }
    return (minimum, maximum)
  }

  private mutating func atom() throws(TextError) -> PatternNode {
    if take("(") { return try group() }
    var set = ScalarSet()
    if take("[") {
      try characterClass(into: &set)
    } else if take("\\") {
      if let value = try escape(into: &set) { set.insert(value...value, ignoringCase: ignoresCase) }
    } else if take(".") {
      set.insert(0x0A...0x0A)
      set.negate()
    } else {
      guard let scalar = next, !"^$?*+{".unicodeScalars.contains(scalar) else {
        throw failure("\"\(next.map(String.init) ?? "")\" is not supported here")
      }
      index += 1
      set.insert(scalar.value...scalar.value, ignoringCase: ignoresCase)
    }
    set.seal()
    return .set(set)
  }

  private mutating func group() throws(TextError) -> PatternNode {
    depth += 1
    defer { depth -= 1 }
    guard depth <= 32 else { throw failure("nesting deeper than 32") }
    let outer = ignoresCase
    defer { ignoresCase = outer }
    var isNegative: Bool?
    if take("?!") {
      isNegative = true
    } else if take("?=") {
      isNegative = false
    } else if take("?i:") {
      ignoresCase = true
    } else if !take("?:"), next == "?" {
      throw failure("this kind of group is not supported")
    }
    let node = try alternatives()
    guard take(")") else { throw failure("a \"(\" without its \")\"") }
    return isNegative.map { .lookahead(node, isNegative: $0) } ?? node
  }

  private mutating func characterClass(into set: inout ScalarSet) throws(TextError) {
    if take("^") { set.negate() }
    var isFirst = true
    while let scalar = next, scalar != "]" || isFirst {
      isFirst = false
      guard scalar != "[", !scalars[index...].starts(with: "&&".unicodeScalars) else {
        throw failure("a class within a class is not supported")
      }
      guard let lower = try classMember(into: &set) else { continue }
      var upper = lower
      if next == "-", index + 1 < scalars.count, scalars[index + 1] != "]" {
        index += 1
        guard let bound = try classMember(into: &set), bound >= lower else { throw failure("a malformed range") }
        upper = bound
      }
      set.insert(lower...upper, ignoringCase: ignoresCase)
    }
    guard take("]") else { throw failure("a \"[\" without its \"]\"") }
  }

  private mutating func classMember(into set: inout ScalarSet) throws(TextError) -> UInt32? {
    if take("\\") { return try escape(into: &set) }
    guard let scalar = next else { throw failure("a \"[\" without its \"]\"") }
    index += 1
    return scalar.value
  }

  /// What follows a backslash: a class goes into the set, a single scalar is returned.
  private mutating func escape(into set: inout ScalarSet) throws(TextError) -> UInt32? {
    guard let scalar = next else { throw failure("a backslash at the end") }
    index += 1
    switch scalar {
    case "s": set.insertSpaces()
    case "S": set.insertAllButSpaces()
    case "d": set.insert(categories: UnicodeClasses.mask("Nd") ?? 0)
    case "p", "P":
      let name = try propertyName()
      guard let mask = UnicodeClasses.mask(name) else { throw failure("the property \(name) is not supported") }
      set.insert(categories: scalar == "p" ? mask : UnicodeClasses.all & ~mask)
    case "r": return 0x0D
    case "n": return 0x0A
    case "t": return 0x09
    case "f": return 0x0C
    case "v": return 0x0B
    default:
      guard scalar.isASCII, !scalar.properties.isAlphabetic, scalar.properties.generalCategory != .decimalNumber else {
        throw failure("the escape \\\(scalar) is not supported")
      }
      return scalar.value
    }
    return nil
  }

  private mutating func propertyName() throws(TextError) -> String {
    guard take("{") else { throw failure("a property without braces") }
    var name = ""
    while let scalar = next, scalar != "}" {
      name.unicodeScalars.append(scalar)
      index += 1
    }
    guard take("}") else { throw failure("a \"{\" without its \"}\"") }
    return name
  }
}
