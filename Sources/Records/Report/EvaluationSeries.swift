/// One metric of one held-out set, over the run.
struct EvaluationSeries {
  var name: String
  var metric: String
  var unit: ReportContent.Unit
  /// In the order in which they were measured.
  var values: [(moment: Moment, value: Double, count: Int)]

  /// All series, in the order of their first row.
  static func all(_ rows: [ReportContent.EvaluationRow]) -> [EvaluationSeries] {
    var result: [EvaluationSeries] = []
    for row in rows {
      let value = (moment: row.moment, value: row.value, count: row.count)
      if let index = result.firstIndex(where: { $0.name == row.name && $0.metric == row.metric }) {
        result[index].values.append(value)
      } else {
        result.append(EvaluationSeries(name: row.name, metric: row.metric, unit: row.unit, values: [value]))
      }
    }
    return result
  }

  /// Where a full bar ends: 1 for shares, otherwise the largest value.
  var fullBar: Double {
    let largest = values.map { $0.value.isFinite ? abs($0.value) : 0 }.max() ?? 0
    return largest <= 1 && values.allSatisfy { !($0.value < 0) } ? 1 : largest
  }

  /// A value as people read it: `0.4213`, `59.5 %`.
  func text(_ value: Double) -> String {
    switch unit {
    case .plain: Figures.significant(value)
    case .share: Figures.fixed(100 * value, digits: 1) + " %"
    }
  }

  /// The newest value against the first: `+0.123`, `−2.5`; shares in points. Empty if it was measured once.
  var change: String {
    guard values.count > 1, let first = values.first, let last = values.last else { return "" }
    let change = last.value - first.value
    let sign = change > 0 ? "+" : ""
    return switch unit {
    case .plain: sign + (abs(change) < 10 ? Figures.fixed(change, digits: 3) : Figures.significant(change))
    case .share: sign + Figures.fixed(100 * change, digits: 1)
    }
  }
}
