/// A checked look at a mapping with known keys. Every key that is asked for is known; ``finish()`` reports the others.
///
/// A key whose value is null counts as not given, so that `--set evaluation.max_samples=` takes a setting back.
final class MappingReader {
  let reader: NodeReader
  let entries: [YAMLEntry]
  private var known: [String] = []
  private let problemsBefore: Int

  init(_ entries: [YAMLEntry], of reader: NodeReader) {
    self.entries = entries
    self.reader = reader
    problemsBefore = reader.reading.problems.count
  }

  /// Whether nothing in this mapping was reported so far; rules about two settings are judged only then.
  var isSound: Bool { reader.reading.problems.count == problemsBefore }

  /// The values under names that the user chooses.
  var named: [(name: String, value: NodeReader)] {
    entries.map { ($0.key, value(of: $0)) }
  }

  /// Reports a fault about the mapping as a whole.
  func report(_ fault: Fault) { reader.report(fault) }

  /// Whether a key is given.
  func has(_ key: String) -> Bool { entries.contains { $0.key == key && !$0.value.isNull } }

  /// The value of a key; nil if it is not given.
  func optional(_ key: String) -> NodeReader? {
    allow([key])
    guard let entry = entries.first(where: { $0.key == key }), !entry.value.isNull else { return nil }
    return value(of: entry)
  }

  /// The value of a key that must be given.
  ///
  /// - Parameter example: what the key could look like, for the error.
  func required(_ key: String, example: String) -> NodeReader? {
    if let value = optional(key) { return value }
    report(.missingKey(key, example: example))
    return nil
  }

  /// Says which keys may be given even if nobody asks for them.
  func allow(_ keys: [String]) {
    for key in keys where !known.contains(key) { known.append(key) }
  }

  /// Reports the keys that nobody asked for.
  func finish() {
    for entry in entries where !known.contains(entry.key) {
      let nearest = NearestKey(to: entry.key, among: known)
      let name = reader.key.isEmpty ? "the recipe" : reader.key
      reader.reading.report(.unknownKey(entry.key, nearest: nearest, known: known), about: name, at: entry.keyPlace)
    }
  }

  private func value(of entry: YAMLEntry) -> NodeReader {
    let path = reader.key.isEmpty ? entry.key : "\(reader.key).\(entry.key)"
    return NodeReader(entry.value, key: path, reading: reader.reading)
  }
}

extension MappingReader {
  func integer(_ key: String, in range: ClosedRange<Int>, default standard: Int) -> Int {
    optional(key)?.integer(in: range) ?? standard
  }

  func number(_ key: String, _ bounds: Bounds, default standard: Double) -> Double {
    optional(key)?.number(bounds) ?? standard
  }

  func flag(_ key: String, default standard: Bool) -> Bool {
    optional(key)?.flag() ?? standard
  }

  func choice<Choice: RawRepresentable<String> & CaseIterable>(_ key: String, default standard: Choice) -> Choice {
    optional(key)?.choice() ?? standard
  }

  /// What `read` makes of the mapping under a key; the standard if it is not given or wrong.
  func section<Value>(
    _ key: String, _ shape: String, default standard: Value, read: (MappingReader) -> Value?
  ) -> Value {
    guard let mapping = optional(key)?.mapping(shape) else { return standard }
    defer { mapping.finish() }
    return read(mapping) ?? standard
  }
}
