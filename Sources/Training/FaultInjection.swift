import Foundation

/// Faults made on purpose, for the drills in cluster/drills: never on unless the environment says so.
///
/// `VLM_DIST_FAULT=inf,rank=1,step=5` puts an infinity into rank 1's gradient of step 5; `step=5-9` into those of five
/// steps; `-inf` a negative one, `nan` a NaN; `sleep=30` makes the rank sleep half a minute before that step's first micro-batch.
struct FaultInjection: Equatable, Sendable {
  enum Kind: Equatable, Sendable {
    case gradient(Float)
    case sleep(seconds: UInt32)
  }

  let kind: Kind
  let rank: Int
  /// Numbers of steps, from 1.
  let steps: ClosedRange<Int>

  /// What this process is to suffer; read once.
  static let current = ProcessInfo.processInfo.environment["VLM_DIST_FAULT"].flatMap(FaultInjection.init)

  /// Nil for a text that is none.
  init?(_ text: String) {
    var (kind, rank, steps): (Kind?, Int?, ClosedRange<Int>?)
    for part in text.split(separator: ",") {
      let pair = part.split(separator: "=", maxSplits: 1).map(String.init)
      guard let name = pair.first else { return nil }
      switch (name, pair.dropFirst().first) {
      case ("inf", nil): kind = .gradient(.infinity)
      case ("-inf", nil): kind = .gradient(-.infinity)
      case ("nan", nil): kind = .gradient(.nan)
      case ("sleep", let seconds?): kind = UInt32(seconds).map { .sleep(seconds: $0) }
      case ("rank", let number?): rank = Int(number)
      case ("step", let numbers?):
        let ends = numbers.split(separator: "-").map { Int($0) }
        guard let first = ends.first ?? nil, let last = ends.last ?? nil, first <= last else { return nil }
        steps = first...last
      default: return nil
      }
    }
    guard let kind, let rank, let steps else { return nil }
    (self.kind, self.rank, self.steps) = (kind, rank, steps)
  }

  /// What is to be put into the gradient of `rank` in `step`, counted from 1; sleeps where that is the fault.
  func strike(rank: Int, step: Int) -> Float? {
    guard rank == self.rank, steps.contains(step) else { return nil }
    switch kind {
    case .gradient(let value): return value
    case .sleep(let seconds):
      sleep(seconds)
      return nil
    }
  }
}
