/// Finds the rank for which all others wait: one that takes half as long again for a micro-batch as the median rank,
/// over a window of steps. It is named once, and again only after it has been as fast as the others for a while.
struct StragglerWatch {
  struct Straggler: Equatable, Sendable {
    let rank: Int
    /// Seconds a micro-batch, data included.
    let seconds: Double
    /// The same on the median rank.
    let median: Double
  }

  private static let window = 20
  private static let factor = 1.5

  private var sums: [Double] = []
  private var steps = 0
  private var named: Set<Int> = []

  /// Takes a step's seconds of all ranks; the ranks that became stragglers with the window that ends here.
  mutating func add(_ ranks: [PhaseSeconds]) -> [Straggler] {
    guard ranks.count > 1 else { return [] }
    if sums.count != ranks.count { (sums, steps) = (Array(repeating: 0, count: ranks.count), 0) }
    for (rank, phases) in ranks.enumerated() where phases.leaves > 0 {
      sums[rank] += (phases.data + phases.compute) / Double(phases.leaves)
    }
    steps += 1
    guard steps == Self.window else { return [] }
    let means = sums.map { $0 / Double(Self.window) }
    (sums, steps) = ([], 0)
    let busy = means.filter { $0 > 0 }
    guard !busy.isEmpty else { return [] }
    let median = PhaseSeconds.median(busy)
    var found: [Straggler] = []
    for (rank, seconds) in means.enumerated() {
      guard seconds > Self.factor * median else {
        named.remove(rank)
        continue
      }
      if named.insert(rank).inserted { found.append(Straggler(rank: rank, seconds: seconds, median: median)) }
    }
    return found
  }
}
