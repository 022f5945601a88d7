import Tensors

/// Which sample of which source: what the coordinator tells the ranks to load.
public struct SampleReference: Codable, Sendable, Equatable, Hashable {
  /// Number of the source in the recipe's order.
  public let source: Int
  /// Number of the sample in its file.
  public let index: Int

  public init(source: Int, index: Int) {
    self.source = source
    self.index = index
  }
}

/// Draws samples from weighted sources in an order that depends on the seed alone.
///
/// Of the sources that have not yet had their share, the one that would first be a whole sample behind is drawn
/// (earliest deadline first), so that every source is within one sample of its share at every moment, for any number of
/// sources, and weights may change on the way. Within a source every sample comes once per epoch, in a permutation
/// keyed by seed, source and epoch. The whole state is two numbers per source: that is what a checkpoint keeps.
public struct MixtureSampler: Sendable {
  /// What has been drawn so far.
  public struct State: Codable, Sendable, Equatable {
    /// Samples drawn from each source.
    public var drawn: [Int]
    /// How far each source lags behind its share, in samples.
    public var credit: [Double]
  }

  public private(set) var state: State
  private let counts: [Int]
  private let names: [String]
  private let seed: UInt64
  private var orders: [(epoch: Int, order: [Int32])]

  /// `sources`: name and number of samples of each, in the recipe's order.
  public init(sources: [(name: String, count: Int)], seed: UInt64, state: State? = nil) {
    counts = sources.map(\.count)
    names = sources.map(\.name)
    self.seed = seed
    self.state =
      state
      ?? State(drawn: [Int](repeating: 0, count: sources.count), credit: [Double](repeating: 0, count: sources.count))
    orders = [(Int, [Int32])](repeating: (-1, []), count: sources.count)
  }

  /// The next `count` samples under `weights` (one per source, not all zero; a source without samples is passed over).
  public mutating func draw(_ count: Int, weights: [Double]) -> [SampleReference] {
    let usable = weights.indices.map { counts[$0] > 0 ? max(0, weights[$0]) : 0 }
    let total = usable.reduce(0, +)
    guard total > 0 else { return [] }
    return (0..<count).map { _ in
      let chosen = choose(usable.map { $0 / total })
      state.credit[chosen] -= 1
      defer { state.drawn[chosen] += 1 }
      return SampleReference(source: chosen, index: index(chosen, draw: state.drawn[chosen]))
    }
  }

  /// The source to draw from. Taking the one that lags most instead would let others fall behind by more than a sample.
  private mutating func choose(_ shares: [Double]) -> Int {
    for source in shares.indices { state.credit[source] += shares[source] }
    let active = shares.indices.filter { shares[$0] > 0 }
    let owed = active.filter { state.credit[$0] > 0 }
    // Nobody is owed anything only where a source went out of the mixture with its share not yet had.
    let soonest = owed.min { (1 - state.credit[$0]) / shares[$0] < (1 - state.credit[$1]) / shares[$1] }
    return soonest ?? active.max { state.credit[$0] < state.credit[$1] } ?? 0
  }

  /// Epochs of a source that have been gone through.
  public func epochs(of source: Int) -> Double {
    counts[source] == 0 ? 0 : Double(state.drawn[source]) / Double(counts[source])
  }

  private mutating func index(_ source: Int, draw: Int) -> Int {
    let epoch = draw / counts[source]
    if orders[source].epoch != epoch {
      var random = RandomStream(seed, RandomStream.key(names[source]), UInt64(epoch))
      orders[source] = (epoch, random.permutation(counts[source]))
    }
    return Int(orders[source].order[draw % counts[source]])
  }
}
