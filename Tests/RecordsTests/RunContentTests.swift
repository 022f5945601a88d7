import Foundation
import Testing

@testable import Records

/// What a report makes of a run's own records.
@Suite struct RunContentTests {
  private func entry(
    _ event: JournalEvent, stage: String? = "align", step: Int = 0, seconds: Int = 0,
    _ details: [String: JournalValue] = [:]
  ) -> JournalEntry {
    let time = Date(timeIntervalSince1970: 1_700_000_000 + Double(seconds))
      .formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    return JournalEntry(time: time, event: event, stage: stage, step: step, reason: "r", details: details)
  }

  private func result(_ when: StagePoint, _ accuracy: Double, stage: String = "align", set: String = "q")
    -> JournalEntry
  {
    entry(
      .evaluation, stage: stage,
      HeldOutResult(
        moment: Moment(stage: stage, when: when), set: set, loss: 2, accuracy: accuracy, samples: 200
      ).details)
  }

  private func answers(_ when: StagePoint, _ text: String, stage: String = "align", isCut: Bool = false)
    -> JournalEntry
  {
    let moment = Moment(stage: stage, when: when)
    return entry(
      .examples, stage: stage,
      HeldOutAnswer.details(
        ["a", "b"].map { id in
          HeldOutAnswer(
            moment: moment, set: "q", id: id, pictures: id == "a" ? ["p.png", "gone.png"] : [], question: "What?",
            truth: "red", text: text, isRight: text == "red", isCut: isCut)
        }))
  }

  private func content(_ journal: [JournalEntry]) -> ReportContent {
    ReportContent(title: "t", run: "runs/x", curves: RunCurves(), journal: journal) { path in
      path == "p.png" ? .init(bytes: [1, 2, 3], format: .jpeg) : nil
    }
  }

  /// Through a real file, as a report reads it.
  private func written(_ journal: [JournalEntry]) throws -> [JournalEntry] {
    let directory = try ScratchDirectory()
    let path = directory.file("journal.jsonl")
    try write(journal.map { $0.jsonLine + "\n" }.joined(), to: path)
    return try Journal.read(path: path)
  }

  @Test func `results and answers read back from the journal`() throws {
    for when in [StagePoint.before, .after, .step(120)] {
      let moment = Moment(stage: "align", when: when)
      // A whole number is written like an integer and must still be read.
      let result = HeldOutResult(moment: moment, set: "held out", loss: 2, accuracy: 1, samples: 7, skipped: 2)
      let answer = HeldOutAnswer(
        moment: moment, set: "s", id: "i", pictures: ["a/b.png"], question: "Wie \"viele\"?\n", truth: "둘", text: "<b>",
        isRight: false, isCut: true)
      let read = try written([
        entry(.evaluation, result.details), entry(.examples, HeldOutAnswer.details([answer, answer])),
      ])
      #expect(HeldOutResult(read[0]) == result)
      #expect(HeldOutAnswer.all(read[1]) == [answer, answer])
      #expect(HeldOutResult(read[1]) == nil && HeldOutAnswer.all(read[0]).isEmpty)
    }
    #expect(StagePoint("step x") == nil && StagePoint("later") == nil)
  }

  @Test func `an example has the answers of all moments side by side`() throws {
    let content = content(
      try written([answers(.before, "x"), answers(.after, "blue"), answers(.after, "red", stage: "instruct")]))
    #expect(content.examples.count == 2)
    let example = try #require(content.examples.first)
    #expect(example.question == "What?" && example.truth == "red")
    #expect(example.answers.map(\.moment.label) == ["before align", "after align", "after instruct"])
    #expect(example.answers.map(\.text) == ["x", "blue", "red"])
    #expect(example.answers.map(\.correct) == [false, false, true])
    // A picture whose file is gone is left out, the question stays.
    #expect(example.pictures == [.init(bytes: [1, 2, 3], format: .jpeg)])
    #expect(content.examples[1].pictures.isEmpty)
  }

  @Test func `what a killed run measured and measured again counts once, as it was measured last`() {
    let content = content([
      result(.before, 0), result(.after, 0.25), answers(.after, "blue"),
      entry(.resume, stage: nil), result(.after, 0.5), answers(.after, "red"),
    ])
    #expect(content.evaluations.filter { $0.metric == "exact answers" }.map(\.value) == [0, 0.5])
    #expect(content.examples[0].answers.map(\.text) == ["red"])
  }

  @Test func `of what was measured on the way only the newest is shown, until the stage ends`() {
    let onTheWay = [result(.before, 0), result(.step(10), 0.1), result(.step(20), 0.2)]
    func labels(_ journal: [JournalEntry]) -> [String] {
      content(journal).evaluations.filter { $0.metric == "loss" }.map(\.moment.label)
    }
    #expect(labels(onTheWay) == ["before align", "step 20 of align"])
    #expect(labels(onTheWay + [result(.after, 0.3)]) == ["before align", "after align"])
  }

  @Test func `the page shows picture, question, answers and truth, and shares in hundredths`() {
    let page = Report(
      content([
        result(.before, 0), answers(.before, "long", isCut: true), result(.after, 0.595), answers(.after, "red"),
      ])
    ).html()
    #expect(page.contains("src=\"data:image/jpeg;base64,AQID\""))
    #expect(page.contains("<h3>What?</h3>") && page.contains("<dd>long…"))
    #expect(page.contains("<dt>after align</dt><dd>red <span class=\"mark\">✓ right</span>"))
    #expect(page.contains("59.5 %") && page.contains("+59.5<"))
    // The answers have a section of their own and do not fill the timeline.
    #expect(!page.contains("<b>answers</b>"))
  }

  @Test(arguments: [160, 161])
  func `a long answer is shown to 160 characters`(length: Int) {
    let text = String(repeating: "é", count: length)
    let page = Report(content([answers(.before, text)])).html()
    #expect(page.contains("<dd>" + String(repeating: "é", count: 160) + (length > 160 ? "… " : " ")))
  }

  @Test func `a caption, which answers no question, is said to be one`() {
    var content = content([])
    content.examples = [.init(pictures: [], question: "", truth: "a cat", answers: [])]
    #expect(Report(content).examples().markup.contains("<h3>(a caption)</h3>"))
  }

  @Test func `the facts name model, stages, data, ranks and hosts of the newest start`() {
    let start: [String: JournalValue] = [
      "ranks": 8, "hosts": .list(["one", "two"]), "cores": 4, "precision": "fp32",
      "parameters": .table(["vision": 250_000, "language": 1_000_000]),
      "data": .table(["captions": 4000, "chat": 12]), "held_out": .table(["q": 200]),
    ]
    var curves = RunCurves()
    for step in 1...4 { curves.add(sampleMetrics(step: step)) }
    var journal = [
      entry(.start, stage: nil, ["ranks": 2]), entry(.resume, stage: nil, start),
      entry(.stage, ["trained": 29_000, "train": "connector at 0.001"]),
    ]
    var facts: [String] {
      RunFacts(run: "runs/x", curves: curves, journal: journal).lines.map { "\($0.key): \($0.value)" }
    }
    #expect(
      facts == [
        "model: 1.25M parameters: language 1M, vision 250k",
        "stage align: 29k parameters trained; connector at 0.001; 256 samples in 6 s; 42.7 samples/s",
        "training data: captions 4,000, chat 12 samples each", "held-out data: q 200 samples",
        "ranks: 8 on 2 hosts (one, two) with 4 cores each, products in fp32", "run directory: runs/x",
      ])
    journal = []
    #expect(facts.count == 2)
  }

  @Test func `samples that could not be used are counted once each, in the last lines and in the report`() throws {
    func skip(_ source: String, _ index: Int) -> JournalEntry {
      entry(.skip, UnusableSamples.details(source: source, index: index))
    }
    // A step without a sample and a gradient that was not finite are lines of this kind, too, and no samples.
    let start = [entry(.start, stage: nil), entry(.skip)]
    let found = [skip("a", 3), skip("b", 3), entry(.resume, stage: nil), skip("a", 3)]
    let cases: [(journal: [JournalEntry], words: String?)] = [
      (start, nil), (start + found, "2 samples could not be used"),
      (start + [skip("a", 1)], "1 sample could not be used"),
    ]
    for (journal, words) in cases {
      let content = content(try written(journal))
      let last = ClosingSummary(content: content, run: "runs/x", program: "p").text.split(separator: "\n")
      let told = words.map { ["\($0), see runs/x/journal.jsonl"] } ?? []
      #expect(last.map(String.init).filter { $0.contains("could not be used") } == told)
      let facts = content.facts.filter { $0.key == "left out" }.map(\.value)
      #expect(facts == (words.map { ["\($0), see journal.jsonl"] } ?? []))
      #expect(Report(content).html().contains("could not be used") == (words != nil))
    }
  }

  @Test func `time at work leaves out the time between a stop and the next start`() {
    let sessions = RunSessions([
      entry(.start, stage: nil, seconds: 0), entry(.checkpoint, seconds: 50),
      entry(.resume, stage: nil, seconds: 1000, ["ranks": 3]), entry(.resume, seconds: 1001),
      entry(.finish, stage: nil, seconds: 1020),
    ])
    #expect(sessions.seconds == 70 && sessions.count == 2)
    #expect(sessions.newest == ["ranks": 3])
    #expect(RunSessions([]).seconds == 0)
  }

  @Test func `the closing summary says what came of it and what to type next`() {
    var content = content([
      entry(.start, stage: nil, seconds: 0), result(.before, 0), result(.after, 0.595), answers(.after, "red"),
      entry(.finish, stage: nil, seconds: 242),
    ])
    for step in 1...4 { content.curves.add(sampleMetrics(step: step)) }
    func text(_ run: String) -> String { ClosingSummary(content: content, run: run, program: "bin/vlm-dist").text }
    #expect(
      text("runs/x") == """
        q, exact answers: 0.0 % before align, 59.5 % after align
        4 steps in 4 min 2 s, 42.7 samples/s
        report       runs/x/report.html
        checkpoints  runs/x/checkpoints
        next:
          bin/vlm-dist export runs/x runs/x/exported
          bin/vlm-dist generate --model runs/x/exported --prompt 'Hello'

        """)
    let one = HeldOutAnswer(
      moment: Moment(stage: "align", when: .after), set: "q", id: "i", pictures: ["it's/p.png"],
      question: "What's red?",
      truth: "", text: "", isRight: false, isCut: false)
    content.journal.append(entry(.examples, HeldOutAnswer.details([one])))
    #expect(
      text("my run").hasSuffix(
        """
          bin/vlm-dist export 'my run' 'my run/exported'
          bin/vlm-dist generate --model 'my run/exported' --image 'it'\\''s/p.png' --prompt 'What'\\''s red?'

        """))
  }
}
