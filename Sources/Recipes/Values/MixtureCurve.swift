/// The shares of the data sources over a stage: points with a straight line between each two.
public struct MixtureCurve: Equatable, Sendable {
  /// The sources that are mixed, in the order of the recipe's data section.
  public var sources: [String]
  /// At least one, with growing positions. A single point holds for the whole stage and stands at 0.
  public var points: [Point]

  public struct Point: Equatable, Sendable {
    /// The position in the stage, 0 its beginning and 1 its end.
    public var at: Double
    /// One weight per source, at least 0, not all 0. Only their ratios matter.
    public var weights: [Double]

    public init(at: Double, weights: [Double]) {
      self.at = at
      self.weights = weights
    }
  }

  public init(sources: [String], points: [Point]) {
    precondition(!points.isEmpty && points.allSatisfy { $0.weights.count == sources.count }, "one weight per source")
    self.sources = sources
    self.points = points
  }

  /// The shares at a position, which add up to 1, in the order of ``sources``.
  ///
  /// Each point's weights are normalised before the line is drawn, so `{a: 9, b: 1}` and `{a: 0.9, b: 0.1}` are the
  /// same point. Before the first and after the last point the curve is level.
  public func weights(at position: Double) -> [(source: String, weight: Double)] {
    Array(zip(sources, shares(at: position)).map { (source: $0, weight: $1) })
  }

  private func shares(at position: Double) -> [Double] {
    guard let next = points.firstIndex(where: { $0.at >= position }) else {
      return Self.normalized(points[points.count - 1].weights)
    }
    let right = points[next]
    guard next > 0, right.at > position else { return Self.normalized(right.weights) }
    let left = points[next - 1]
    let share = (position - left.at) / (right.at - left.at)
    let pairs = zip(Self.normalized(left.weights), Self.normalized(right.weights))
    return Self.normalized(pairs.map { $0 + ($1 - $0) * share })
  }

  private static func normalized(_ weights: [Double]) -> [Double] {
    let sum = weights.reduce(0, +)
    if sum.isFinite { return weights.map { $0 / sum } }
    return normalized(weights.map { $0 / Double(weights.count) / 2 })
  }
}
