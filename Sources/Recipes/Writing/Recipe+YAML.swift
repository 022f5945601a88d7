extension Recipe {
  /// The recipe as YAML with every setting spelled out, in a fixed order. Reading it gives an equal recipe.
  public func yaml() -> String { settings.lines.joined(separator: "\n") + "\n" }

  /// What has changed since another recipe, a line per setting in the order of the file, oldest value first:
  /// `stages.align.train.connector.lr: 0.001 -> 0.002`. Empty exactly if the two are equal.
  public func differences(from other: Recipe) -> [String] {
    var lines: [String] = []
    compare(other.settings, settings, path: "", into: &lines)
    return lines
  }
}

private func compare(_ old: Setting, _ new: Setting, path: String, into lines: inout [String]) {
  guard old != new else { return }
  guard let oldEntries = old.namedEntries, let newEntries = new.namedEntries else {
    lines.append("\(path): \(old.compact) -> \(new.compact)")
    return
  }
  let below = { (key: String) in path.isEmpty ? key : "\(path).\(key)" }
  for entry in newEntries {
    if let before = oldEntries.first(where: { $0.key == entry.key }) {
      compare(before.value, entry.value, path: below(entry.key), into: &lines)
    } else {
      lines.append("\(below(entry.key)): not set -> \(entry.value.compact)")
    }
  }
  for entry in oldEntries where !newEntries.contains(where: { $0.key == entry.key }) {
    lines.append("\(below(entry.key)): \(entry.value.compact) -> not set")
  }
  let oldOrder = oldEntries.map(\.key).filter { key in newEntries.contains { $0.key == key } }
  let newOrder = newEntries.map(\.key).filter(oldOrder.contains)
  if oldOrder != newOrder {
    lines.append("\(path): order \(oldOrder.joined(separator: ", ")) -> \(newOrder.joined(separator: ", "))")
  }
}

extension Setting {
  /// The entries of a map, or of a list whose entries have names of their own: the stages.
  fileprivate var namedEntries: [SettingEntry]? {
    switch self {
    case .scalar: return nil
    case .map(let entries, _): return entries
    case .list(let items, _):
      let named = items.compactMap { item -> SettingEntry? in
        guard case .map(let entries, _) = item, let first = entries.first, first.key == "name" else { return nil }
        return SettingEntry(key: first.value.compact, value: item)
      }
      return named.isEmpty || named.count < items.count ? nil : named
    }
  }
}
