extension Report {
  /// Held-out results before and after each stage: bars to see, a table to read.
  func evaluations() -> HTML {
    let series = EvaluationSeries.all(content.evaluations)
    guard !series.isEmpty else { return "" }
    let moments = content.evaluations.reduce(into: [Moment]()) { moments, row in
      if !moments.contains(row.moment) { moments.append(row.moment) }
    }
    return """
      <div class="bars">
      \(series.map(bars))</div>
      \(table(series, moments))
      """
  }

  private func bars(_ series: EvaluationSeries) -> HTML {
    let full = series.fullBar
    let rows: [HTML] = series.values.map { entry in
      let length = entry.value.isFinite && full > 0 ? min(1, abs(entry.value) / full) : 0
      return """
        <div class="bar\(entry.moment.when == .before ? " before" : "")"><span>\(entry.moment.label)</span>\
        <div><i style="width:\(share: length)"></i></div><b>\(series.text(entry.value))</b></div>

        """
    }
    return "<div class=\"card\"><h3>\(series.name)</h3><p class=\"note\">\(series.metric)</p>\n\(rows)</div>\n"
  }

  private func table(_ series: [EvaluationSeries], _ moments: [Moment]) -> HTML {
    let heads: [HTML] = moments.map { "<th class=\"number\"><small>\($0.when.word)</small> \($0.stage)</th>" }
    let rows: [HTML] = series.map { series in
      let cells: [HTML] = moments.map { moment in
        let value = series.values.last { $0.moment == moment }?.value
        return "<td class=\"number\">\(value.map { series.text($0) } ?? "")</td>"
      }
      return """
        <tr><th>\(series.name)</th><td>\(series.metric)</td>\(cells)<td class="number">\(series.change)</td>\
        <td class="number">\(Figures.grouped(series.values.map(\.count).max() ?? 0))</td></tr>

        """
    }
    return """
      <div class="scroll card"><table>
      <thead><tr><th>held-out set</th><th>metric</th>\(heads)<th class="number">change</th>\
      <th class="number">samples</th></tr></thead>
      <tbody>
      \(rows)</tbody></table></div>

      """
  }
}
