import Foundation
import Records

/// report.html of a run directory, made from its own files.
enum RunReport {
  static func write(run: String, ranks: Int) throws {
    let journal = try Journal.read(path: run + "/journal.jsonl")
    var content = ReportContent(title: "vlm-dist: \(URL(fileURLWithPath: run).lastPathComponent)")
    content.curves = try RunCurves(metricsPath: run + "/metrics.jsonl")
    content.journal = journal
    content.facts = [.init("ranks", "\(ranks)"), .init("run directory", run)]
    content.evaluations = journal.filter { $0.event == .evaluation }.flatMap(rows)
    try Report(content).write(path: run + "/report.html")
  }

  private static func rows(_ entry: JournalEntry) -> [ReportContent.EvaluationRow] {
    let words = entry.reason.split(separator: " ", maxSplits: 4).map(String.init)
    guard words.count == 5, let when = ReportContent.When(rawValue: words[0]),
      case .number(let loss)? = entry.details["loss"], case .number(let accuracy)? = entry.details["accuracy"],
      case .integer(let count)? = entry.details["samples"], let stage = entry.stage
    else { return [] }
    return [
      .init(stage: stage, when: when, name: words[4], metric: "exact answers", value: accuracy, count: count),
      .init(stage: stage, when: when, name: words[4], metric: "loss", value: loss, count: count),
    ]
  }
}
