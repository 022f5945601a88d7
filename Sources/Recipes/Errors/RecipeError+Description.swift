extension RecipeError: CustomStringConvertible {
  /// How many problems are printed; after so many corrections the rest may well look different.
  static let printedProblems = 10

  /// One line, or one line per problem.
  public var description: String {
    switch self {
    case .unreadable(let path, let reason):
      return "\(path): cannot read the recipe: \(reason); check the path"
    case .problems(let problems):
      var lines = problems.prefix(Self.printedProblems).map(\.description)
      if problems.count > Self.printedProblems {
        lines.append("and \(problems.count - Self.printedProblems) more; correct these first")
      }
      return lines.joined(separator: "\n")
    case .notYetSupported(let setting, let key, let place):
      return "\(place): \(key): \(setting)"
    }
  }
}

extension UnsupportedSetting: CustomStringConvertible {
  public var description: String {
    switch self {
    case .objective(let objective): "the objective \(objective.rawValue) is not supported yet; use supervised"
    case .lowRankAdapter: "low-rank adapters are not supported yet; remove lora to train the part itself"
    case .lastLanguageLayers:
      "training the last layers of a language model alone is not supported yet; remove last_layers to train all"
    }
  }
}

extension Place: CustomStringConvertible {
  public var description: String {
    switch self {
    case .file(let source, let line, let column): "\(source):\(line):\(column)"
    case .override(let text): "--set \(clipped(text))"
    }
  }
}

extension Problem: CustomStringConvertible {
  public var description: String { "\(place): \(fault.sentence(about: key.isEmpty ? "the recipe" : key))" }
}

/// A text of the user's in quotes, on one line and of bearable length.
func quoted(_ text: String) -> String { String(reflecting: clipped(text)) }

private func clipped(_ text: String) -> String {
  let line = text.split(whereSeparator: \.isNewline).joined(separator: " ")
  return line.count > 60 ? line.prefix(60) + "…" : line
}
