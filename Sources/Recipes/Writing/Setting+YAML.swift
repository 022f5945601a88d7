extension Setting {
  /// Longer compact settings are written as a block.
  private static let lineLength = 120

  /// The setting on one line.
  var compact: String {
    switch self {
    case .scalar(let text): text
    case .list(let items, _): "[" + items.map(\.compact).joined(separator: ", ") + "]"
    case .map(let entries, _):
      "{" + entries.map { spelled($0.key) + ": " + $0.value.compact }.joined(separator: ", ") + "}"
    }
  }

  /// The setting as the lines of a YAML document.
  var lines: [String] {
    switch self {
    case .scalar(let text): [text]
    case .list(let items, _):
      items.flatMap { item -> [String] in
        if let line = item.line(after: "- ") { return [line] }
        let lines = item.lines
        return ["- " + (lines.first ?? "")] + lines.dropFirst().map { "  " + $0 }
      }
    case .map(let entries, _):
      entries.flatMap { entry -> [String] in
        if let line = entry.value.line(after: spelled(entry.key) + ": ") { return [line] }
        return [spelled(entry.key) + ":"] + entry.value.lines.map { "  " + $0 }
      }
    }
  }

  /// The compact form behind its beginning; nil if it must be a block.
  private func line(after beginning: String) -> String? {
    let line = beginning + compact
    switch self {
    case .scalar, .list([], _), .map([], _): return line
    case .list(_, .block), .map(_, .block): return nil
    case .list, .map: return line.count <= Self.lineLength ? line : nil
    }
  }
}
