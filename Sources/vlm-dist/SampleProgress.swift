import Foundation
import Records

/// The live line on stderr of commands that go through a data set.
struct SampleProgress {
  private var line = ProgressLine(output: .standardError(everySteps: .max))
  private let title: String
  private let total: Int
  private let began = ContinuousClock.now

  /// `total`: samples that this rank goes through.
  init(_ title: String, total: Int) {
    self.title = title
    self.total = total
  }

  /// So many samples are done. `loss`: where one is computed, the mean so far.
  mutating func update(_ done: Int, loss: Double? = nil) {
    let time = (ContinuousClock.now - began).components
    let seconds = max(1e-9, Double(time.seconds) + Double(time.attoseconds) * 1e-18)
    let rate = Double(done) / seconds
    show(
      line.update(
        Progress(
          stage: title, step: done, total: total, unit: "sample", loss: loss.map { Float($0) }, samplesPerSecond: rate,
          eta: Double(total - done) / rate)))
  }

  /// Before anything else is printed.
  mutating func finish() { show(line.finish()) }

  private func show(_ text: String?) {
    if let text { FileHandle.standardError.write(Data(text.utf8)) }
  }
}
