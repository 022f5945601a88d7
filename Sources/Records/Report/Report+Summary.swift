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
    tiles += changes()
    let pieces: [HTML] = tiles.map {
      "<div class=\"tile\"><span>\($0.label)</span><b>\($0.value)</b><small>\($0.note)</small></div>\n"
    }
    return "<div class=\"tiles\">\n\(pieces)</div>"
  }

  /// What was measured on held-out data more than once: of each set the first metric.
  private func changes() -> [(label: String, value: String, note: String)] {
    var names: Set<String> = []
    return EvaluationSeries.all(content.evaluations).compactMap { series in
      guard series.values.count > 1, let first = series.values.first, let last = series.values.last,
        names.insert(series.name).inserted
      else { return nil }
      return ("\(series.name), \(series.metric)", series.text(last.value), "from \(series.text(first.value))")
    }
  }

  func facts() -> HTML {
    guard !content.facts.isEmpty else { return "" }
    let rows: [HTML] = content.facts.map { "<div><dt>\($0.key)</dt><dd>\($0.value)</dd></div>\n" }
    return "<dl class=\"facts card\">\n\(rows)</dl>\n"
  }
}
