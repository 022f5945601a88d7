/// What a finished run says on stdout: what came of it, where it lies, and what to do next.
public struct ClosingSummary {
  private let content: ReportContent
  private let run: String
  private let program: String

  /// `program`: how the user started this program.
  public init(content: ReportContent, run: String, program: String) {
    self.content = content
    self.run = run
    self.program = program
  }

  public var text: String {
    (results + [time] + unusable + [
      "report       \(run)/report.html", "checkpoints  \(run)/checkpoints", "next:",
    ] + next).joined(separator: "\n") + "\n"
  }

  private var unusable: [String] {
    UnusableSamples(content.journal).sentence.map { ["\($0), see \(run)/journal.jsonl"] } ?? []
  }

  /// `held-out questions, exact answers: 0.0 % before align, 91.0 % after align`
  private var results: [String] {
    EvaluationSeries.all(content.evaluations).filter { $0.unit == .share }.map { series in
      let values = series.values.map { "\(series.text($0.value)) \($0.moment.label)" }
      return "\(series.name), \(series.metric): \(values.joined(separator: ", "))"
    }
  }

  private var time: String {
    let stages = content.curves.stages
    let samples = stages.reduce(0) { $0 + $1.samples }
    let seconds = stages.reduce(0) { $0 + $1.seconds }
    let rate = seconds > 0 ? ", \(Figures.significant(samples / seconds, digits: 3)) samples/s" : ""
    let sessions = RunSessions(content.journal)
    let times = sessions.count > 1 ? " in \(sessions.count) starts" : ""
    return
      "\(Figures.grouped(stages.last?.lastStep ?? 0)) steps in \(Figures.duration(sessions.seconds))\(times)\(rate)"
  }

  private var next: [String] {
    let answers = content.journal.last { $0.event == .examples }.map(HeldOutAnswer.all) ?? []
    let asked = answers.first { $0.pictures.count == 1 && !$0.question.isEmpty }
    let image = asked.map { " --image \(Self.quoted($0.pictures[0]))" } ?? ""
    let model = Self.quoted(run + "/exported")
    return [
      "  \(program) export \(Self.quoted(run)) \(model)",
      "  \(program) generate --model \(model)\(image) --prompt \(Self.quoted(asked?.question ?? "Hello", always: true))",
    ]
  }

  /// As a shell takes it.
  private static func quoted(_ text: String, always: Bool = false) -> String {
    let plain = text.unicodeScalars.allSatisfy {
      $0.isASCII && ($0.properties.isAlphabetic || "0123456789/._-+,:@%".unicodeScalars.contains($0))
    }
    return plain && !always && !text.isEmpty ? text : "'" + text.replacing("'", with: "'\\''") + "'"
  }
}
