import Foundation

/// `report.html`: one page that holds everything it shows. No script, nothing loaded from elsewhere.
public struct Report {
  let content: ReportContent

  public init(_ content: ReportContent) {
    self.content = content
  }

  /// The whole page. Sections without content are left out.
  public func html() -> String {
    let sections: [(id: String, title: String, body: HTML)] = [
      ("run", "What was run", facts()),
      ("loss", "Loss", lossCharts()),
      ("results", "Held-out results", evaluations()),
      ("examples", "Questions and answers", examples()),
      ("training", "Training", trainingCharts()),
      ("time", "Where a step’s time goes", phases()),
      ("decisions", "Decisions", decisions()),
    ].filter { !$0.body.markup.isEmpty }
    let links: [HTML] = sections.map { "<a href=\"#\($0.id)\">\($0.title)</a>" }
    let bodies: [HTML] = sections.map {
      "<section id=\"\($0.id)\">\n<h2>\($0.title)</h2>\n\($0.body)</section>\n"
    }
    let page: HTML = """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta name="color-scheme" content="light dark">
      <meta http-equiv="Content-Security-Policy" \
      content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
      <title>\(content.title)</title>
      <style>
      \(reportStyle)
      </style>
      </head>
      <body>
      <header>
      <h1>\(content.title)</h1>
      <nav>\(links)</nav>
      </header>
      <main>
      \(headlines())
      \(bodies)</main>
      </body>
      </html>

      """
    return page.markup
  }

  /// Writes the page; what stood there before is replaced at once, never half.
  public func write(path: String) throws(RecordsError) {
    do {
      try Data(html().utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
    } catch {
      throw .cannotWrite(path: path, reason: reason(of: error))
    }
  }
}
