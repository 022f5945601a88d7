import Foundation
import Media
import Records
import Training

/// report.html of a run directory, made from its own files whenever they say something new.
final class RunReport {
  private let run: String
  private var pictures: [String: ReportContent.Picture?] = [:]
  private var last: (end: ContinuousClock.Instant, cost: Duration)?
  private var hasComplained = false

  init(run: String) {
    self.run = run
  }

  /// Writes the page again. A page that cannot be written does not stop the run: the user is told once.
  func refresh(at milestone: Trainer.Milestone) {
    // Milestones may come every few seconds while the page takes longer with every step: a hundredth of the time is spent.
    if milestone != .pause, let last, ContinuousClock.now - last.end < last.cost * 100 { return }
    do {
      try write()
    } catch {
      if !hasComplained { complain("\(error)") }
      hasComplained = true
    }
  }

  /// Writes the page and returns what it shows.
  @discardableResult
  func write() throws -> ReportContent {
    let began = ContinuousClock.now
    let content = ReportContent(
      title: "vlm-dist: \(URL(fileURLWithPath: run).lastPathComponent)", run: run,
      curves: try RunCurves(metricsPath: run + "/metrics.jsonl"),
      journal: try Journal.read(path: run + "/journal.jsonl"),
      picture: { [self] in picture($0) })
    try Report(content).write(path: run + "/report.html")
    last = (.now, .now - began)
    return content
  }

  /// A picture is read and shrunk once; a file that is gone leaves its question without one.
  private func picture(_ path: String) -> ReportContent.Picture? {
    if let known = pictures[path] { return known }
    let small = try? Thumbnail(path: path, side: 160)
    let made = small.map { ReportContent.Picture(bytes: $0.bytes, format: $0.format == .png ? .png : .jpeg) }
    pictures[path] = .some(made)
    return made
  }
}
