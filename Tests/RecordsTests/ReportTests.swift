import Foundation
import Testing

@testable import Records

@Suite struct ReportTests {
  private let hostile = "<script>alert(1)</script>\" onload='x' & \u{0} </style>"

  private func content(_ text: String, steps: Int = 30) -> ReportContent {
    var curves = RunCurves()
    for step in 1...steps {
      var metrics = sampleMetrics(step: step, stage: step <= steps / 2 ? text : "second", loss: 5 / Float(step))
      metrics.sourceLoss[text] = 1
      metrics.lr[text] = 1e-3
      metrics.phases = [text: .init(min: 0.1, median: 0.2, max: 0.4, slowestRank: 1)]
      curves.add(metrics)
    }
    return ReportContent(
      title: text, facts: [.init(text, text)], curves: curves,
      evaluations: [
        .init(moment: .init(stage: text, when: .before), name: text, metric: text, value: 0.25, count: 100),
        .init(moment: .init(stage: text, when: .after), name: text, metric: text, value: 0.75, count: 100),
      ],
      examples: [
        .init(
          pictures: [.init(bytes: [0x89, 0x50], format: .png)], question: text, truth: text,
          answers: [.init(moment: .init(stage: text, when: .after), text: text, correct: true)])
      ],
      journal: [
        .init(
          time: text, event: .warning, stage: text, step: 3, reason: text,
          details: [text: .table([text: .list([.text(text)])])])
      ])
  }

  @Test func `hostile text never becomes markup`() {
    let page = Report(content(hostile)).html()
    #expect(!page.contains("<script") && !page.contains("onload='"))
    let harmless = "&lt;script&gt;alert(1)&lt;/script&gt;&quot; onload=&#39;x&#39; &amp; \u{FFFD} &lt;/style&gt;"
    #expect(page.contains(harmless))
    #expect(!page.unicodeScalars.contains("\u{0}"))
    // The style sheet's own end is the only one.
    #expect(page.components(separatedBy: "</style").count == 2)
  }

  @Test func `text in every field is the same page, tag by tag`() {
    func tags(_ page: String) -> [Substring] {
      page.split(separator: "<").dropFirst().map { $0.prefix { $0 != " " && $0 != ">" && $0 != "\n" } }
    }
    #expect(tags(Report(content(hostile)).html()) == tags(Report(content("plain")).html()))
  }

  @Test func `tags are closed in order`() throws {
    var open: [Substring] = []
    for piece in Report(content("plain")).html().split(separator: "<").dropFirst() {
      let name = piece.prefix { $0 != " " && $0 != ">" && $0 != "\n" && $0 != "/" }
      let tag = piece.prefix { $0 != ">" }
      if piece.hasPrefix("/") {
        let closed = piece.dropFirst().prefix { $0 != ">" }
        try #require(open.popLast() == closed, "at </\(closed)>")
      } else if !tag.hasSuffix("/") && !["meta", "!DOCTYPE", "img"].contains(name) {
        open.append(name)
      }
    }
    #expect(open.isEmpty)
  }

  @Test func `the page refers to nothing outside of itself`() {
    let page = Report(content("plain")).html()
    for reference in ["http:", "https:", "//", "url(", "@import", "<link", "<script"] {
      #expect(!page.contains(reference), "\(reference)")
    }
    #expect(page.contains("src=\"data:image/png;base64,iVA=\""))
  }

  @Test func `an empty run gives a page without empty sections`() {
    let page = Report(ReportContent(title: "nothing yet")).html()
    #expect(page.contains("<h1>nothing yet</h1>"))
    #expect(!page.contains("<section") && !page.contains("<svg"))
  }

  @Test func `a long run gives a small page`() {
    let page = Report(content("plain", steps: 200_000)).html()
    #expect(page.utf8.count < 400_000)
    for list in page.components(separatedBy: "points=\"").dropFirst() {
      #expect(list.prefix { $0 != "\"" }.split(separator: " ").count <= 800)
    }
    #expect(!page.contains("nan") && !page.contains("inf,"))
  }

  @Test func `a run whose losses are all NaN has a page`() {
    var curves = RunCurves()
    for step in 1...3 { curves.add(sampleMetrics(step: step, loss: .nan)) }
    let page = Report(ReportContent(title: "diverged", curves: curves)).html()
    #expect(page.contains("Learning rate"))
  }

  @Test func `stages stand as bands with a boundary between them`() {
    let charts = Report(content("plain")).trainingCharts().markup
    #expect(charts.components(separatedBy: "<figure").count == 5)
    #expect(charts.components(separatedBy: "class=\"boundary\"").count == 5)
    #expect(charts.contains(">plain</span>") && charts.contains(">second</span>"))
  }

  @Test func `the legend names the highest learning rate of a long stage exactly`() {
    var curves = RunCurves()
    for step in 1...10_000 {
      var metrics = sampleMetrics(step: step)
      metrics.lr = ["connector": step == 300 ? 0.25 : 0.125]
      curves.add(metrics)
    }
    #expect(Report(ReportContent(title: "t", curves: curves)).trainingCharts().markup.contains("connector <b>0.25</b>"))
  }

  @Test func `each stage has a chart of its losses`() {
    #expect(Report(content("plain")).lossCharts().markup.components(separatedBy: "<figure").count == 3)
  }

  @Test func `checkpoints in a row are one line, and a long journal loses its middle`() {
    func entry(_ event: JournalEvent, _ step: Int) -> JournalEntry {
      JournalEntry(time: "2026-01-31T23:59:59.000Z", event: event, stage: "a", step: step, reason: "r\(step).")
    }
    let few = Report(ReportContent(title: "t", journal: [entry(.start, 0)] + (1...9).map { entry(.checkpoint, $0) }))
    #expect(few.decisions().markup.components(separatedBy: "<tr>").count == 4)
    #expect(few.decisions().markup.contains("1 – 9") && few.decisions().markup.contains("2026-01-31 23:59:59<"))
    let many = Report(ReportContent(title: "t", journal: (1...1000).map { entry(.skip, $0) })).decisions().markup
    #expect(many.contains("700 more in journal.jsonl"))
    #expect(many.contains(">r1. ") && many.contains(">r1000. ") && !many.contains(">r500. "))
  }

  @Test func `a page is written whole`() throws {
    let directory = try ScratchDirectory()
    let report = Report(content("plain"))
    try report.write(path: directory.file("report.html"))
    #expect(try contents(directory.file("report.html")) == report.html())
    #expect(throws: RecordsError.self) { try report.write(path: directory.file("none/report.html")) }
  }
}
