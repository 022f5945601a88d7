/// Sums gradients over the leaves (micro-batches) of a global batch, in an order that depends on the number of leaves
/// alone: the sum has the same bits on every rank and for every number of ranks. See `SummationTree`.
///
/// A step on each rank:
/// ```
/// reducer.begin(leaves: V)
/// for leaf in reducer.ownLeaves {
///   // backward adds into reducer.leafBuffer, and calls markReady(bucket:) as buckets become final
///   reducer.finishLeaf()
/// }
/// let gradient = try reducer.wait()
/// ```
/// From the last leaf on, a thread with a communicator of its own sums the buckets over the ranks, in bucket order: in
/// shared memory inside a host, by messages between hosts. A rank without leaves takes part as well. One thread uses a
/// reducer; alone, it neither starts a thread nor copies.
public final class GradientReducer {
  /// The leaves of this rank in this step.
  public private(set) var ownLeaves = 0..<0
  /// Seconds that the caller slept in `wait()` in the last step.
  public private(set) var lastExposedSeconds = 0.0
  /// Seconds that the last step's messages took, with the additions that finish the tree, hidden or not.
  public private(set) var lastCommunicationSeconds = 0.0
  /// Bytes that this rank sent in the last step.
  public private(set) var bytesSent = 0

  private let layout: HostLayout
  private let rank: Int
  private let floatCount: Int
  private let bucketCount: Int
  private let fold: LeafFold
  private let sums: Sums
  private var plan: ReductionPlan
  private var nextLeaf = 0
  private var lastFold = LastLeafFold.empty

  /// Who adds up over the ranks.
  private enum Sums {
    /// There is one rank.
    case nobody
    /// A thread, beside the last backward pass.
    case beside(ReductionThread)
    /// `wait`, when all is ready.
    case after(ReductionEngine)
  }

  /// Collective.
  /// - Parameters:
  ///   - floatCount: floats in the flat gradient buffer.
  ///   - bucketBoundaries: offsets in the flat buffer, from 0 up to `floatCount` or from there down to 0; bucket i
  ///     lies between boundaries i and i + 1. Bucket 0 is the one that becomes ready first.
  ///   - leaves: the number of leaves of the first step.
  ///   - shards: if it is over hosts, the sum is complete only where this host's ranks have their shards.
  ///   - overlaps: whether buckets are summed while the last leaf goes on; if not, in `wait()`.
  public init(
    communicator: any Communicator, floatCount: Int, bucketBoundaries: [Int], leaves: Int, shards: ShardPlan? = nil,
    overlaps: Bool = true
  ) throws(CommunicationError) {
    let buckets = zip(bucketBoundaries, bucketBoundaries.dropFirst()).map { min($0, $1)..<max($0, $1) }
    let ends = [bucketBoundaries.first, bucketBoundaries.last]
    precondition(
      buckets.count > 0 && (ends == [0, floatCount] || ends == [floatCount, 0])
        && buckets.reduce(0) { $0 + $1.count } == floatCount,
      "GradientReducer: boundaries \(bucketBoundaries) of \(floatCount) floats")
    rank = communicator.rank
    self.floatCount = floatCount
    bucketCount = buckets.count
    if communicator.size == 1 {
      layout = .apart(ranks: 1)
      fold = LeafFold { FloatBuffer(count: floatCount) }
      sums = .nobody
    } else {
      let group = try HostGroup(communicator)
      let engine = try ReductionEngine(
        communicator: communicator.duplicate(), group: group, floatCount: floatCount, buckets: buckets,
        shards: shards.flatMap { $0.isOverHosts ? $0 : nil })
      layout = group.layout
      var slots = 0
      fold = LeafFold {
        defer { slots += 1 }
        return engine.buffer(slot: slots)
      }
      sums = overlaps ? .beside(try ReductionThread(engine: engine, bucketCount: buckets.count)) : .after(engine)
    }
    plan = ReductionPlan(leaves: leaves, layout: layout, rank: rank)
  }

  deinit {
    if case .beside(let thread) = sums { thread.stop() }
  }

  /// Bytes that the hosts send in a step over `leaves`, over those that a ring of hosts would: 1 where the leaves of every
  /// host are one aligned subtree, or there is one host.
  public func excess(leaves: Int) -> Double {
    ReductionPlan(leaves: leaves, layout: layout, rank: rank).excess(hosts: layout.hosts.count)
  }

  /// How many hosts the ranks are on.
  public var hostCount: Int { layout.hosts.count }

  /// The leaves of this rank in a step over `leaves`: neighbours in the tree, and those of one host too.
  public func ownLeaves(of leaves: Int) -> Range<Int> {
    LeafPartition(leaves: leaves, ranks: layout.ranks).range(of: layout.position(of: rank))
  }

  /// Where the current leaf's gradient is added up; all zero before the leaf.
  public var leafBuffer: UnsafeMutableBufferPointer<Float> {
    UnsafeMutableBufferPointer(start: fold.leaf.pointer, count: floatCount)
  }

  /// Starts a step over `leaves` leaves, the same number on every rank. What the last `wait()` returned ends here.
  public func begin(leaves: Int) {
    if leaves != plan.tree.leaves { plan = ReductionPlan(leaves: leaves, layout: layout, rank: rank) }
    ownLeaves = plan.ownLeaves
    nextLeaf = ownLeaves.lowerBound
    fold.begin(tree: plan.tree)
    if ownLeaves.isEmpty {
      lastFold = .empty
      if case .beside(let thread) = sums {
        thread.begin(ReductionEngine.Step(plan: plan, fold: lastFold))
        thread.markReady(0..<bucketCount)
      }
    } else {
      prepareIfLast()
    }
  }

  /// Tells that nothing will be added to `bucket` any more. In leaves before the last one this means nothing.
  public func markReady(bucket: Int) {
    guard isLastLeaf, case .beside(let thread) = sums else { return }
    thread.markReady(bucket..<bucket + 1)
  }

  /// Ends the current leaf; buckets that were not marked are final now.
  public func finishLeaf() {
    precondition(ownLeaves.contains(nextLeaf), "finishLeaf: leaf \(nextLeaf) of \(ownLeaves)")
    let wasLast = isLastLeaf
    if !wasLast {
      fold.push(leaf: nextLeaf)
    } else {
      switch sums {
      case .nobody: lastFold.fold(0..<floatCount)
      case .beside(let thread): thread.markReady(0..<bucketCount)
      case .after: break
      }
    }
    nextLeaf += 1
    if !wasLast { prepareIfLast() }
  }

  /// Waits until the sum is complete, and returns it: the whole flat buffer, the same memory for all ranks of a host and
  /// valid until any of them calls the next `begin`. To be read only.
  /// - Throws: what the communication thread met; the reducer is of no further use then.
  public func wait() throws(CommunicationError) -> UnsafeMutableBufferPointer<Float> {
    precondition(nextLeaf == ownLeaves.upperBound, "wait: leaf \(nextLeaf) of \(ownLeaves) was not finished")
    let start = ContinuousClock.now
    var statistics = ReductionEngine.Statistics()
    var sum: FloatBuffer
    switch sums {
    case .nobody:
      return UnsafeMutableBufferPointer(start: lastFold.entries[0].pointer, count: floatCount)
    case .beside(let thread):
      statistics = try thread.wait()
      sum = thread.engine.sum
    case .after(let engine):
      let step = ReductionEngine.Step(plan: plan, fold: lastFold)
      statistics = try engine.run(step, readiness: { _ in .ready }, maySpin: { true }) ?? statistics
      sum = engine.sum
    }
    lastExposedSeconds = ContinuousClock().seconds(since: start)
    lastCommunicationSeconds = statistics.seconds
    bytesSent = statistics.bytesSent
    return UnsafeMutableBufferPointer(start: sum.pointer, count: floatCount)
  }

  private var isLastLeaf: Bool { nextLeaf == ownLeaves.upperBound - 1 }

  private func prepareIfLast() {
    guard isLastLeaf else { return }
    lastFold = fold.finish(leaf: nextLeaf)
    if case .beside(let thread) = sums { thread.begin(ReductionEngine.Step(plan: plan, fold: lastFold)) }
  }
}
