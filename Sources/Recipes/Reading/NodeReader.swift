/// A checked look at one value: it is what is asked for, or a problem with its place is reported and nil comes back.
struct NodeReader {
  let node: YAMLNode
  /// The setting as errors name it: `stages[0].batch`.
  let key: String
  let reading: Reading

  init(_ node: YAMLNode, key: String, reading: Reading) {
    self.node = node
    self.key = key
    self.reading = reading
    reading.note(node.place, of: key)
  }

  func report(_ fault: Fault) { reading.report(fault, about: key, at: node.place) }

  /// A whole number; `1e3` is one too.
  func integer(in range: ClosedRange<Int>) -> Int? {
    let value: Int
    switch node.content {
    case .scalar(.integer(let integer)): value = integer
    case .scalar(.number(let number)):
      guard let integer = Int(exactly: number) else { return mismatch("a whole number") }
      value = integer
    default: return mismatch("a whole number")
    }
    guard range.contains(value) else {
      report(.outOfRange(found: "\(value)", allowed: range.words))
      return nil
    }
    return value
  }

  func number(_ bounds: Bounds) -> Double? {
    let value: Double
    switch node.content {
    case .scalar(.integer(let integer)): value = Double(integer)
    case .scalar(.number(let number)): value = number
    default: return mismatch("a number")
    }
    guard bounds.contains(value) else {
      report(.outOfRange(found: "\(value)", allowed: bounds.words))
      return nil
    }
    return value
  }

  func flag() -> Bool? {
    guard case .scalar(.bool(let value)) = node.content else { return mismatch("true or false") }
    return value
  }

  func text() -> String? {
    guard case .scalar(.text(let text)) = node.content else { return mismatch("text") }
    guard !text.isEmpty else {
      report(.emptyText)
      return nil
    }
    return text
  }

  /// A file or folder. Relative ones start from the recipe's folder, in an override from the working folder.
  func path() -> String? {
    guard let path = text() else { return nil }
    guard case .override = node.place else { return resolved(path, from: reading.folder) }
    return resolved(path, from: reading.workingFolder)
  }

  /// One of a few words.
  func choice<Choice: RawRepresentable<String> & CaseIterable>(of type: Choice.Type = Choice.self) -> Choice? {
    choice(among: Choice.allCases.map(\.rawValue)).flatMap(Choice.init(rawValue:))
  }

  /// One of these words.
  func choice(among choices: [String]) -> String? {
    guard case .scalar(.text(let text)) = node.content else {
      return mismatch("one of \(choices.joined(separator: ", "))")
    }
    guard choices.contains(text) else {
      report(.notAChoice(found: text, nearest: NearestKey(to: text, among: choices), choices: choices))
      return nil
    }
    return text
  }

  /// - Parameter shape: what is expected here, for the error.
  func items(_ shape: String) -> [NodeReader]? {
    guard case .sequence(let items) = node.content else { return mismatch(shape) }
    return items.enumerated().map { NodeReader($1, key: "\(key)[\($0)]", reading: reading) }
  }

  /// - Parameter shape: what is expected here, for the error.
  func mapping(_ shape: String) -> MappingReader? {
    guard case .mapping(let entries) = node.content else { return mismatch(shape) }
    return MappingReader(entries, of: self)
  }

  private func mismatch<Value>(_ expected: String) -> Value? {
    report(.wrongType(expected: expected, found: node.found))
    return nil
  }
}
