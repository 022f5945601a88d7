import Foundation

/// Maps values to a share of the axis between 0 and 1, and knows where to write numbers.
struct Axis: Equatable {
  let lower: Double
  let upper: Double
  let isLogarithmic: Bool
  let ticks: [Double]

  /// An axis of whole steps: it ends where the data ends, with numbers at round steps.
  static func steps(from first: Int, through last: Int) -> Axis {
    let (lower, upper) = (Double(first), Double(max(last, first + 1)))
    let spacing = max(1, niceSpacing((upper - lower) / 5))
    return Axis(lower: lower, upper: upper, isLogarithmic: false, ticks: multiples(of: spacing, lower, upper))
  }

  /// An axis of values that starts at a round number and ends just above `range`.
  /// - Parameter fromZero: starts at 0 in any case; without it only where 0 is near.
  static func values(_ range: ClosedRange<Double>, fromZero: Bool) -> Axis {
    var (lower, upper) = (range.lowerBound, range.upperBound)
    if fromZero || (lower > 0 && lower < 0.3 * upper) { lower = min(lower, 0) }
    if upper <= lower { upper = lower + max(abs(lower) * 0.1, 1e-12) }
    let spacing = niceSpacing((upper - lower) / 6)
    lower = (lower / spacing).rounded(.down) * spacing
    upper += 0.03 * (upper - lower)
    return Axis(lower: lower, upper: upper, isLogarithmic: false, ticks: multiples(of: spacing, lower, upper))
  }

  /// An axis whose steps are factors, for positive values that differ by orders of magnitude.
  static func logarithmic(_ range: ClosedRange<Double>) -> Axis {
    let (first, last) = (log10(range.lowerBound).rounded(.down), log10(range.upperBound).rounded(.up))
    // The fewer powers of ten there are, the more numbers fit between them; of very many powers not all are written.
    let spacing = max(1, ((last - first) / 5).rounded(.up))
    let factors = last - first < 2 ? [1.0, 1.5, 2, 3, 5, 7] : last - first < 3 ? [1, 2, 5] : [1]
    let candidates = multiples(of: spacing, first, last + 1).flatMap { power in factors.map { $0 * pow(10, power) } }
    let lower = candidates.last { $0 <= range.lowerBound } ?? range.lowerBound
    let upper = range.upperBound * 1.05
    return Axis(lower: lower, upper: upper, isLogarithmic: true, ticks: candidates.filter { lower...upper ~= $0 })
  }

  /// 0 at the lower end, 1 at the upper end; outside of both for values outside.
  func share(_ value: Double) -> Double {
    isLogarithmic
      ? (log10(max(value, .leastNormalMagnitude)) - log10(lower)) / (log10(upper) - log10(lower))
      : (value - lower) / (upper - lower)
  }

  /// 1, 2 or 5 times a power of ten, at least `spacing`.
  private static func niceSpacing(_ spacing: Double) -> Double {
    let magnitude = pow(10, log10(spacing).rounded(.down))
    let factor = [1.0, 2, 5].first { $0 * magnitude >= spacing * 0.999 } ?? 10
    return factor * magnitude
  }

  private static func multiples(of spacing: Double, _ lower: Double, _ upper: Double) -> [Double] {
    let first = (lower / spacing - 1e-9).rounded(.up)
    let count = Int(min(20, max(0, (upper / spacing + 1e-9).rounded(.down) - first)))
    return (0...count).map { (first + Double($0)) * spacing }
  }
}
