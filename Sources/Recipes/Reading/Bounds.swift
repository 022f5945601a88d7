/// The values that a number may have.
enum Bounds: Sendable {
  case atLeast(Double)
  case above(Double)
  /// 0 to 1, both included.
  case share
  /// 0 to 1, without 1.
  case belowOne
  /// 0 to 1, without 0.
  case positiveShare

  func contains(_ value: Double) -> Bool {
    switch self {
    case .atLeast(let least): value >= least
    case .above(let limit): value > limit
    case .share: value >= 0 && value <= 1
    case .belowOne: value >= 0 && value < 1
    case .positiveShare: value > 0 && value <= 1
    }
  }

  /// What comes after "it must be".
  var words: String {
    switch self {
    case .atLeast(let least): "at least \(trimmed(least))"
    case .above(let limit): "above \(trimmed(limit))"
    case .share: "from 0 to 1"
    case .belowOne: "at least 0 and below 1"
    case .positiveShare: "above 0 and at most 1"
    }
  }

  private func trimmed(_ value: Double) -> String {
    Int(exactly: value).map(String.init) ?? String(value)
  }
}

extension ClosedRange<Int> {
  /// What comes after "it must be".
  var words: String { upperBound == .max ? "at least \(lowerBound)" : "from \(lowerBound) to \(upperBound)" }
}
