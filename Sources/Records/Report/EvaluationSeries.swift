/// One metric of one held-out set, over the run.
struct EvaluationSeries {
  /// A moment at which results were taken.
  struct Moment: Hashable {
    var stage: String
    var when: ReportContent.When
  }

  var name: String
  var metric: String
  /// In the order in which they were measured.
  var values: [(moment: Moment, value: Double, count: Int)]

  /// All series, in the order of their first row.
  static func all(_ rows: [ReportContent.EvaluationRow]) -> [EvaluationSeries] {
    var result: [EvaluationSeries] = []
    for row in rows {
      let value = (moment: Moment(stage: row.stage, when: row.when), value: row.value, count: row.count)
      if let index = result.firstIndex(where: { $0.name == row.name && $0.metric == row.metric }) {
        result[index].values.append(value)
      } else {
        result.append(EvaluationSeries(name: row.name, metric: row.metric, values: [value]))
      }
    }
    return result
  }

  /// Where a full bar ends: 1 for shares, otherwise the largest value.
  var fullBar: Double {
    let largest = values.map { $0.value.isFinite ? abs($0.value) : 0 }.max() ?? 0
    return largest <= 1 && values.allSatisfy { !($0.value < 0) } ? 1 : largest
  }
}
