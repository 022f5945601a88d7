/// What was run on what: the lines at the head of a report.
struct RunFacts {
  let run: String
  let curves: RunCurves
  let journal: [JournalEntry]

  var lines: [ReportContent.Fact] {
    let details = RunSessions(journal).newest
    return
      ([model(details)] + curves.stages.map(stage) + [
        sizes("training data", details["data"]), sizes("held-out data", details["held_out"]), unusable,
        ranks(details),
        ReportContent.Fact("run directory", run),
      ]).compactMap { $0 }
  }

  /// `722k parameters: vision 250k, connector 29k, language 443k`
  private func model(_ details: [String: JournalValue]) -> ReportContent.Fact? {
    guard let parts = details["parameters"]?.table?.compactMapValues(\.number), !parts.isEmpty else { return nil }
    let list = parts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { "\($0.key) \(Figures.compact($0.value))" }
    let total = Figures.compact(parts.values.reduce(0, +))
    return .init("model", "\(total) parameters: \(list.joined(separator: ", "))")
  }

  /// `4,000 captions`
  private func sizes(_ key: String, _ value: JournalValue?) -> ReportContent.Fact? {
    guard let sizes = value?.table?.compactMapValues(\.integer), !sizes.isEmpty else { return nil }
    let list = sizes.sorted { $0.key < $1.key }.map { "\($0.key) \(Figures.grouped($0.value))" }
    return .init(key, list.joined(separator: ", ") + (sizes.count == 1 ? " samples" : " samples each"))
  }

  private var unusable: ReportContent.Fact? {
    UnusableSamples(journal).sentence.map { .init("left out", "\($0), see journal.jsonl") }
  }

  private func stage(_ stage: RunCurves.Stage) -> ReportContent.Fact {
    var parts: [String] = []
    let begun = journal.last { $0.stage == stage.name && ($0.event == .stage || $0.event == .resume) }
    if let trained = begun?.details["trained"]?.number {
      parts.append("\(Figures.compact(trained)) parameters trained")
    }
    if let rates = begun?.details["train"]?.text { parts.append(rates) }
    parts.append("\(Figures.grouped(Int(stage.samples))) samples in \(Figures.duration(stage.seconds))")
    if stage.seconds > 0 {
      parts.append("\(Figures.significant(stage.samples / stage.seconds, digits: 3)) samples/s")
    }
    return .init("stage \(stage.name)", parts.joined(separator: "; "))
  }

  private func ranks(_ details: [String: JournalValue]) -> ReportContent.Fact? {
    guard let ranks = details["ranks"]?.integer else { return nil }
    guard case .list(let hosts)? = details["hosts"], !hosts.isEmpty else { return .init("ranks", "\(ranks)") }
    let names = hosts.compactMap(\.text)
    let cores = details["cores"]?.integer.map { " with \($0) cores" + (names.count > 1 ? " each" : "") } ?? ""
    let place = names.count == 1 ? names[0] : "\(names.count) hosts (\(names.joined(separator: ", ")))"
    let precision = details["precision"]?.text.map { ", products in \($0)" } ?? ""
    return .init("ranks", "\(ranks) on \(place)\(cores)\(precision)")
  }
}
