import Yams

/// Turns YAML text into a ``YAMLNode``: the only place that knows the YAML library.
struct YAMLComposer {
  /// Far above what a recipe needs; stops a small text whose aliases stand for billions of values.
  static let maximumValues = 100_000
  static let maximumDepth = 64

  private let place: (Mark?) -> Place
  private var count = 0

  /// - Parameter place: where a mark of the library is, for errors.
  private init(place: @escaping (Mark?) -> Place) { self.place = place }

  /// The tree of a text.
  ///
  /// - Parameter override: the whole `key.path=value`, if the text is the value of one; it is the place of everything.
  /// - Returns: nil if there is no value in the text.
  static func compose(_ text: String, source: String, override: String? = nil) throws(Problem) -> YAMLNode? {
    let place = { (mark: Mark?) -> Place in
      if let override { return .override(override) }
      return .file(source: source, line: mark?.line ?? 1, column: mark?.column ?? 1)
    }
    var composer = YAMLComposer(place: place)
    let root: Node?
    do {
      // The default encoding would look at the environment, and the default resolver runs slow patterns over each key.
      root = try Yams.compose(yaml: text, .basic, .default, .utf8)
    } catch {
      throw problem(error, place: place)
    }
    guard let root else { return nil }
    return try composer.node(root, depth: 0)
  }

  private mutating func node(_ node: Node, depth: Int) throws(Problem) -> YAMLNode {
    let place = place(node.mark)
    count += 1
    if count > Self.maximumValues {
      throw Problem(place: place, key: "", fault: .tooManyValues(limit: Self.maximumValues))
    }
    if depth > Self.maximumDepth {
      throw Problem(place: place, key: "", fault: .nestedTooDeep(limit: Self.maximumDepth))
    }
    switch node {
    case .scalar(let scalar):
      return YAMLNode(content: .scalar(try value(of: scalar, at: place)), place: place)
    case .sequence(let sequence):
      var items: [YAMLNode] = []
      for item in sequence { items.append(try self.node(item, depth: depth + 1)) }
      return YAMLNode(content: .sequence(items), place: place)
    case .mapping(let mapping):
      return YAMLNode(content: .mapping(try entries(of: mapping, depth: depth)), place: place)
    case .alias:
      preconditionFailure("compose replaces aliases")
    }
  }

  private func value(of scalar: Node.Scalar, at place: Place) throws(Problem) -> YAMLScalar {
    switch scalar.tag.description {
    case Tag.Name.implicit.rawValue: return YAMLScalar(plain: scalar.string)
    case Tag.Name.str.rawValue: return .text(scalar.string)
    default: throw Problem(place: place, key: "", fault: .explicitTag(scalar.tag.description))
    }
  }

  private mutating func entries(of mapping: Node.Mapping, depth: Int) throws(Problem) -> [YAMLEntry] {
    var entries: [YAMLEntry] = []
    var merged: [YAMLEntry] = []
    for (key, value) in mapping {
      let value = try node(value, depth: depth + 1)
      guard case .scalar(let scalar) = key else {
        let found = key.sequence == nil ? "a mapping" : "a list"
        throw Problem(place: place(key.mark), key: "the mapping", fault: .keyNotText(found: found))
      }
      if scalar.string == "<<", scalar.style == .plain {
        merged += try merge(value)
      } else {
        entries.append(YAMLEntry(key: scalar.string, keyPlace: place(scalar.mark), value: value))
      }
    }
    // What the mapping says itself wins over what is merged in, and of that the first.
    var seen = Set(entries.map(\.key))
    for entry in merged where seen.insert(entry.key).inserted { entries.append(entry) }
    return entries
  }

  private func merge(_ value: YAMLNode) throws(Problem) -> [YAMLEntry] {
    switch value.content {
    case .mapping(let entries): return entries
    case .sequence(let items):
      var entries: [YAMLEntry] = []
      for item in items {
        guard case .mapping(let more) = item.content else { throw notMergeable(item) }
        entries += more
      }
      return entries
    case .scalar: throw notMergeable(value)
    }
  }

  private func notMergeable(_ node: YAMLNode) -> Problem {
    Problem(place: node.place, key: "the mapping", fault: .mergeNotMapping(found: node.found))
  }

  private static func problem(_ error: any Error, place: (Mark?) -> Place) -> Problem {
    let (mark, fault): (Mark?, Fault) =
      switch error as? YamlError {
      case .scanner(let context, let words, let mark, _), .parser(let context, let words, let mark, _),
        .composer(let context, let words, let mark, _):
        (mark, .syntax(context.map { "\($0.text), \(words)" } ?? words))
      case .duplicatedKeysInMapping(let keys, let context): (context.mark, .duplicateKey(keys.first ?? ""))
      case .reader(let words, _, _, _): (nil, .syntax(words))
      default: (nil, .syntax("the YAML reader failed: \(type(of: error))"))
      }
    return Problem(place: place(mark), key: "", fault: fault)
  }
}

extension Problem: Error {}
