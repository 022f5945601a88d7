/// A `key.path=value` of the command line.
struct Override {
  /// As it was written; the place that errors name.
  var text: String
  var steps: [String]
  var value: YAMLNode

  init(_ text: String) throws(Problem) {
    self.text = text
    let malformed = Problem(place: .override(text), key: "", fault: .malformedOverride)
    guard let equals = text.firstIndex(of: "=") else { throw malformed }
    // `stages[0].batch` is how errors name a setting, so it is understood here too.
    let path = text[..<equals].replacing("[", with: ".").replacing("]", with: "")
    steps = path.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    guard steps.allSatisfy({ !$0.isEmpty }) else { throw malformed }
    let value = try YAMLComposer.compose(String(text[text.index(after: equals)...]), source: "", override: text)
    self.value = value ?? YAMLNode(content: .scalar(.null), place: .override(text))
  }

  /// The tree with this setting in it. Missing keys on the way are made; who reads the tree judges whether they exist.
  func applied(to root: YAMLNode) throws(Problem) -> YAMLNode {
    try applied(to: root, steps: steps[...], path: "")
  }

  private func applied(to node: YAMLNode, steps: ArraySlice<String>, path: String) throws(Problem) -> YAMLNode {
    guard let step = steps.first else { return value }
    let name = path.isEmpty ? "the recipe" : path
    let nextPath = path.isEmpty ? step : "\(path).\(step)"
    var node = node
    switch node.content {
    case .mapping(var entries):
      let excluded = excludedBy(step, in: self.steps[..<steps.startIndex])
      entries.removeAll { excluded.contains($0.key) }
      if let index = entries.firstIndex(where: { $0.key == step }) {
        entries[index].value = try applied(to: entries[index].value, steps: steps.dropFirst(), path: nextPath)
      } else {
        let made = try applied(to: missing, steps: steps.dropFirst(), path: nextPath)
        entries.append(YAMLEntry(key: step, keyPlace: .override(text), value: made))
      }
      node.content = .mapping(entries)
    case .sequence(var items):
      guard let index = index(of: step, in: items) else {
        let available = items.indices.map { index in items[index].name.map { "\(index) (\($0))" } ?? "\(index)" }
        throw problem(.noSuchEntry(step: name, available: available))
      }
      items[index] = try applied(to: items[index], steps: steps.dropFirst(), path: nextPath)
      node.content = .sequence(items)
    case .scalar(.null):
      return try applied(to: missing, steps: steps, path: path)
    case .scalar:
      throw problem(.noEntries(step: name, found: node.found))
    }
    return node
  }

  private var missing: YAMLNode { YAMLNode(content: .mapping([]), place: .override(text)) }

  private func problem(_ fault: Fault) -> Problem { Problem(place: .override(text), key: "", fault: fault) }

  private func index(of step: String, in items: [YAMLNode]) -> Int? {
    items.firstIndex { $0.name == step } ?? Int(step).flatMap { items.indices.contains($0) ? $0 : nil }
  }
}

extension YAMLNode {
  /// What a list's entry calls itself.
  fileprivate var name: String? {
    guard case .mapping(let entries) = content else { return nil }
    guard case .scalar(.text(let name)) = entries.first(where: { $0.key == "name" })?.value.content else { return nil }
    return name
  }
}

/// The keys that a key beside them rules out: `until.steps=20` replaces `until: {epochs: 1}`, and is no contradiction.
private func excludedBy(_ key: String, in path: ArraySlice<String>) -> Set<String> {
  switch (path.last, key) {
  case ("until", "steps"): ["epochs", "plateau"]
  case ("until", "epochs"): ["steps", "plateau"]
  case ("until", "plateau"): ["steps", "epochs"]
  case ("model", "path"): ["vision", "connector", "language", "feature_layer", "feature_select", "tokenizer"]
  case ("model", "vision"), ("model", "connector"), ("model", "language"): ["path"]
  case (_, "path") where path.first == "model": ["new"]
  case (_, "new") where path.first == "model": ["path"]
  default: []
  }
}
