import Foundation

/// The live line of work that goes through the samples of a data set. It only makes text; who calls it writes that text.
public struct SampleProgress {
  private var line: ProgressLine
  private let title: String
  private let total: Int
  private let quietSeconds: Double
  private let now: () -> Double
  private let began: Double

  /// - Parameters:
  ///   - total: samples that the work goes through.
  ///   - quietSeconds: work that takes no longer shows nothing.
  ///   - now: seconds of a clock that never goes back.
  public init(
    _ title: String, total: Int, quietSeconds: Double = 0,
    output: ProgressLine.Output = .standardError(everySteps: .max),
    now: @escaping () -> Double = { ProcessInfo.processInfo.systemUptime }
  ) {
    line = ProgressLine(output: output, now: now)
    self.title = title
    self.total = total
    self.quietSeconds = quietSeconds
    self.now = now
    began = now()
  }

  /// What to write when so many samples are done, or nil for nothing. `loss`: where one is computed, the mean so far.
  public mutating func update(_ done: Int, loss: Double? = nil) -> String? {
    let seconds = max(1e-9, now() - began)
    guard seconds >= quietSeconds else { return nil }
    let rate = Double(done) / seconds
    return line.update(
      Progress(
        stage: title, step: done, total: total, unit: "sample", loss: loss.map { Float($0) }, samplesPerSecond: rate,
        eta: Double(total - done) / rate))
  }

  /// What to write before anything else is printed.
  public mutating func finish() -> String? { line.finish() }
}
