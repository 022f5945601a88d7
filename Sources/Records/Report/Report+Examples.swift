import Foundation

extension Report {
  /// Pictures with the question asked, the answers and the truth.
  func examples() -> HTML {
    guard !content.examples.isEmpty else { return "" }
    return "<div class=\"examples\">\n\(content.examples.map(card))</div>\n"
  }

  /// Characters of an answer that the page shows; the whole is in the journal.
  static let longestAnswer = 160

  private static func shown(_ answer: ReportContent.Example.Answer) -> String {
    let text = answer.text.prefix(longestAnswer)
    return text + (answer.isCut || text.count < answer.text.count ? "…" : "")
  }

  private func card(_ example: ReportContent.Example) -> HTML {
    let pictures: [HTML] = example.pictures.map { picture in
      let data = Data(picture.bytes).base64EncodedString()
      return "<img alt=\"the picture asked about\" src=\"data:\(picture.format.rawValue);base64,\(data)\">"
    }
    let column: HTML = pictures.isEmpty ? "" : "<div class=\"pictures\">\(pictures)</div>\n"
    let answers: [HTML] = example.answers.map { answer in
      """
      <div class="\(answer.correct ? "right" : "wrong")"><dt>\(answer.moment.label)</dt>\
      <dd>\(Self.shown(answer)) <span class="mark">\(answer.correct ? "✓ right" : "✗ wrong")</span></dd></div>

      """
    }
    return """
      <article class="card">\(column)<div><h3>\(example.question.isEmpty ? "(a caption)" : example.question)</h3>
      <dl>
      \(answers)<div class="truth"><dt>truth</dt><dd>\(example.truth)</dd></div>
      </dl></div></article>

      """
  }
}
