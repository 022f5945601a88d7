import Foundation

extension Report {
  /// Pictures with the question asked, the answers and the truth.
  func examples() -> HTML {
    guard !content.examples.isEmpty else { return "" }
    return "<div class=\"examples\">\n\(content.examples.map(card))</div>\n"
  }

  private func card(_ example: ReportContent.Example) -> HTML {
    let picture: HTML
    if let bytes = example.imagePNG {
      let data = Data(bytes).base64EncodedString()
      picture = "<img alt=\"the picture asked about\" src=\"data:image/png;base64,\(data)\">"
    } else {
      picture = ""
    }
    let answers: [HTML] = example.answers.map { answer in
      """
      <div class="\(answer.correct ? "right" : "wrong")"><dt>\(answer.when)</dt>\
      <dd>\(answer.text) <span class="mark">\(answer.correct ? "✓ right" : "✗ wrong")</span></dd></div>

      """
    }
    return """
      <article class="card">\(picture)
      <div><h3>\(example.question)</h3>
      <dl>
      \(answers)<div class="truth"><dt>truth</dt><dd>\(example.truth)</dd></div>
      </dl></div></article>

      """
  }
}
