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
/// From the last leaf on, a thread with a communicator of its own sums the buckets over the ranks, in bucket order.
/// A rank without leaves takes part as well. One thread uses a reducer; alone, it neither starts a thread nor copies.
public final class GradientReducer {
  /// The leaves of this rank in this step.
  public private(set) var ownLeaves = 0..<0
  /// Seconds that the caller slept in `wait()` in the last step.
  public private(set) var lastExposedSeconds = 0.0
  /// Seconds that the last step's messages took, with the additions that finish the tree, hidden or not.
  public private(set) var lastCommunicationSeconds = 0.0
  /// Bytes that this rank sent in the last step.
  public private(set) var bytesSent = 0

  private let rank: Int
  private let ranks: Int
  private let floatCount: Int
  private let bucketCount: Int
  private let fold: LeafFold
  private let thread: ReductionThread?
  private var plan: ReductionPlan
  private var nextLeaf = 0
  private var lastFold = LastLeafFold.empty

  /// Collective.
  /// - Parameters:
  ///   - floatCount: floats in the flat gradient buffer.
  ///   - bucketBoundaries: offsets in the flat buffer, from 0 up to `floatCount` or from there down to 0; bucket i
  ///     lies between boundaries i and i + 1. Bucket 0 is the one that becomes ready first.
  ///   - leaves: the number of leaves of the first step.
  public init(
    communicator: any Communicator, floatCount: Int, bucketBoundaries: [Int], leaves: Int
  ) throws(CommunicationError) {
    let buckets = zip(bucketBoundaries, bucketBoundaries.dropFirst()).map { min($0, $1)..<max($0, $1) }
    let ends = [bucketBoundaries.first, bucketBoundaries.last]
    precondition(
      buckets.count > 0 && (ends == [0, floatCount] || ends == [floatCount, 0])
        && buckets.reduce(0) { $0 + $1.count } == floatCount,
      "GradientReducer: boundaries \(bucketBoundaries) of \(floatCount) floats")
    rank = communicator.rank
    ranks = communicator.size
    self.floatCount = floatCount
    bucketCount = buckets.count
    fold = LeafFold(floatCount: floatCount)
    plan = ReductionPlan(leaves: leaves, ranks: ranks, rank: rank)
    thread =
      ranks == 1
      ? nil
      : try ReductionThread(communicator: communicator.duplicate(), floatCount: floatCount, buckets: buckets)
  }

  deinit {
    thread?.stop()
  }

  /// Where the current leaf's gradient is added up; all zero before the leaf.
  public var leafBuffer: UnsafeMutableBufferPointer<Float> {
    UnsafeMutableBufferPointer(start: fold.leaf.pointer, count: floatCount)
  }

  /// Starts a step over `leaves` leaves, the same number on every rank. What the last `wait()` returned ends here.
  public func begin(leaves: Int) {
    if leaves != plan.tree.leaves { plan = ReductionPlan(leaves: leaves, ranks: ranks, rank: rank) }
    ownLeaves = plan.ownLeaves
    nextLeaf = ownLeaves.lowerBound
    fold.begin(tree: plan.tree)
    if ownLeaves.isEmpty {
      lastFold = .empty
      thread?.begin(ReductionThread.Step(plan: plan, fold: lastFold))
      thread?.markReady(0..<bucketCount)
    } else {
      prepareIfLast()
    }
  }

  /// Tells that nothing will be added to `bucket` any more. In leaves before the last one this means nothing.
  public func markReady(bucket: Int) {
    guard isLastLeaf else { return }
    thread?.markReady(bucket..<bucket + 1)
  }

  /// Ends the current leaf; buckets that were not marked are final now.
  public func finishLeaf() {
    precondition(ownLeaves.contains(nextLeaf), "finishLeaf: leaf \(nextLeaf) of \(ownLeaves)")
    let wasLast = isLastLeaf
    if !wasLast {
      fold.push(leaf: nextLeaf)
    } else if let thread {
      thread.markReady(0..<bucketCount)
    } else {
      lastFold.fold(0..<floatCount)
    }
    nextLeaf += 1
    if !wasLast { prepareIfLast() }
  }

  /// Sleeps until the sum is complete, and returns it: the whole flat buffer, valid until the next `begin`.
  /// - Throws: what the communication thread met; the reducer is of no further use then.
  public func wait() throws(CommunicationError) -> UnsafeMutableBufferPointer<Float> {
    precondition(nextLeaf == ownLeaves.upperBound, "wait: leaf \(nextLeaf) of \(ownLeaves) was not finished")
    guard let thread else {
      return UnsafeMutableBufferPointer(start: lastFold.entries[0].pointer, count: floatCount)
    }
    let clock = ContinuousClock()
    let start = clock.now
    let statistics = try thread.wait()
    lastExposedSeconds = clock.seconds(since: start)
    lastCommunicationSeconds = statistics.seconds
    bytesSent = statistics.bytesSent
    return UnsafeMutableBufferPointer(start: thread.sum.pointer, count: floatCount)
  }

  private var isLastLeaf: Bool { nextLeaf == ownLeaves.upperBound - 1 }

  private func prepareIfLast() {
    guard isLastLeaf else { return }
    lastFold = fold.finish(leaf: nextLeaf)
    thread?.begin(ReductionThread.Step(plan: plan, fold: lastFold))
  }
}
