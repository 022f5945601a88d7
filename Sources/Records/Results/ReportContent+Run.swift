extension ReportContent {
  /// All that a run's own records say. `picture` reads one of the pictures asked about, small enough for a page.
  public init(
    title: String, run: String, curves: RunCurves, journal: [JournalEntry], picture: (String) -> Picture? = { _ in nil }
  ) {
    self.init(title: title, curves: curves, journal: journal)
    let results = Self.newest(journal.compactMap { HeldOutResult($0) }) { [$0.moment.label, $0.set] }
    let answers = Self.newest(journal.flatMap(HeldOutAnswer.all)) { [$0.moment.label, $0.set, $0.id] }
    let moments = Self.shown((results.map(\.moment) + answers.map(\.moment)))
    evaluations = results.filter { moments.contains($0.moment) }.flatMap(Self.rows)
    examples = Self.examples(answers.filter { moments.contains($0.moment) }, picture)
    facts = RunFacts(run: run, curves: curves, journal: journal).lines
  }

  /// A run that died behind a measurement takes it again: the last one counts.
  private static func newest<Element>(_ all: [Element], key: (Element) -> [String]) -> [Element] {
    var last: [[String]: Int] = [:]
    for (index, element) in all.enumerated() { last[key(element)] = index }
    return all.enumerated().filter { last[key($0.element)] == $0.offset }.map(\.element)
  }

  /// The ends of the stages, and how things stand now; what was measured on the way would crowd them out.
  private static func shown(_ moments: [Moment]) -> Set<Moment> {
    let onTheWay = moments.filter { if case .step = $0.when { true } else { false } }
    let newest = moments.last.flatMap { onTheWay.contains($0) ? $0 : nil }
    return Set(moments).subtracting(onTheWay).union(newest.map { [$0] } ?? [])
  }

  private static func rows(_ result: HeldOutResult) -> [EvaluationRow] {
    [
      .init(
        moment: result.moment, name: result.set, metric: "exact answers", value: result.accuracy, unit: .share,
        count: result.samples),
      .init(moment: result.moment, name: result.set, metric: "loss", value: result.loss, count: result.samples),
    ]
  }

  /// One example per question, with all its answers.
  private static func examples(_ answers: [HeldOutAnswer], _ picture: (String) -> Picture?) -> [Example] {
    var places: [[String]: Int] = [:]
    var examples: [Example] = []
    for answer in answers {
      let given = Example.Answer(
        moment: answer.moment, text: answer.text, correct: answer.isRight, isCut: answer.isCut)
      if let place = places[[answer.set, answer.id]] {
        examples[place].answers.append(given)
      } else {
        places[[answer.set, answer.id]] = examples.count
        examples.append(
          Example(
            pictures: answer.pictures.compactMap(picture), question: answer.question, truth: answer.truth,
            answers: [given]))
      }
    }
    return examples
  }
}
