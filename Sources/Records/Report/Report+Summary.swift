extension Report {
  /// The figures that one looks for first.
  func headlines() -> HTML {
    let stages = content.curves.stages
    guard let last = stages.last, let first = stages.first else { return "" }
    func total(_ value: KeyPath<RunCurves.Stage, Double>) -> Double {
      stages.reduce(0) { $0 + $1[keyPath: value] }
    }
    let seconds = total(\.seconds)
    var tiles: [(label: String, value: String, note: String)] = [
      (
        "steps", Figures.grouped(last.lastStep),
        stages.count == 1 ? "one stage" : "in \(stages.count) stages"
      ),
      ("samples", Figures.compact(total(\.samples)), "\(Figures.compact(total(\.skippedSamples))) left out"),
      (
        "tokens", Figures.compact(total(\.tokens)),
        "\(Figures.compact(total(\.supervisedTokens))) supervised"
      ),
    ]
    if seconds > 0 {
      tiles.append(
        (
          "time in steps", Figures.duration(seconds),
          "\(Figures.significant(total(\.samples) / seconds, digits: 3)) samples/s, "
            + "\(Figures.compact(total(\.tokens) / seconds)) tokens/s"
        ))
    }
    if let start = first.loss.smooth.first, let end = last.loss.smooth.last {
      tiles.append(("loss at the end", Figures.fixed(end.y, digits: 3), "from \(Figures.fixed(start.y, digits: 3))"))
    }
    if let change = firstChange() { tiles.append(change) }
    let pieces: [HTML] = tiles.map {
      "<div class=\"tile\"><span>\($0.label)</span><b>\($0.value)</b><small>\($0.note)</small></div>\n"
    }
    return "<div class=\"tiles\">\n\(pieces)</div>"
  }

  /// The first held-out result that was measured more than once.
  private func firstChange() -> (label: String, value: String, note: String)? {
    for series in EvaluationSeries.all(content.evaluations) {
      if series.values.count > 1, let first = series.values.first, let last = series.values.last {
        return (
          "\(series.name), \(series.metric)", Figures.significant(last.value),
          "from \(Figures.significant(first.value))"
        )
      }
    }
    return nil
  }

  func facts() -> HTML {
    guard !content.facts.isEmpty else { return "" }
    let rows: [HTML] = content.facts.map { "<div><dt>\($0.key)</dt><dd>\($0.value)</dd></div>\n" }
    return "<dl class=\"facts card\">\n\(rows)</dl>\n"
  }
}
