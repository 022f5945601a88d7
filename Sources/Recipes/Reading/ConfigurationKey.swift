/// A key of config.json that a `new` part may be given, and what its value can be.
struct ConfigurationKey: Sendable {
  enum Kind: Sendable {
    case size
    case number(Bounds)
    case flag
    case choice([String])
    case mapping([ConfigurationKey])
  }

  var name: String
  var kind: Kind

  init(_ name: String, _ kind: Kind) {
    self.name = name
    self.kind = kind
  }

  /// Reports what is wrong with a value.
  func check(_ value: NodeReader) {
    switch kind {
    // Beyond it a typing error is likelier than a model; `ModelConfiguration` has the same limit.
    case .size: _ = value.integer(in: 1...1 << 24)
    case .number(let bounds): _ = value.number(bounds)
    case .flag: _ = value.flag()
    case .choice(let words): _ = value.choice(among: words)
    case .mapping(let keys):
      guard let mapping = value.mapping("a mapping with the keys of \(name)") else { return }
      Self.check(mapping, keys: keys)
    }
  }

  /// Reports keys that nobody knows, and values that cannot be used. `ignored`: keys that are taken without effect.
  static func check(_ mapping: MappingReader, keys: [ConfigurationKey], ignored: Set<String> = []) {
    defer { mapping.finish() }
    for key in keys { mapping.optional(key.name).map(key.check) }
    // Only those that are given: they are nothing to suggest for a misspelt one.
    mapping.allow(mapping.entries.map(\.key).filter(ignored.contains))
  }
}
