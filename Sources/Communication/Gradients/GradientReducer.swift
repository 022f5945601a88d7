/// Sums gradients over the leaves (micro-batches) of a global batch, in an order that depends on the number of leaves
/// alone: the sum has the same bits on every rank and for every number of ranks. See `SummationTree`.
///
/// A step on each rank:
/// ```
/// reducer.begin(leaves: V)
/// for leaf in reducer.ownLeaves {
///   // backward adds into reducer.leafBuffer, and calls markReady(bucket:) as buckets become final
///   try reducer.finishLeaf()
/// }
/// let gradient = try reducer.wait()
/// ```
/// From the last leaf on, if asked for, a thread with a communicator of its own sums the buckets over the ranks, in bucket
/// order: in shared memory inside a host, by messages between hosts. A rank without leaves takes part as well. One thread
/// uses a reducer; alone, it neither starts a thread nor copies.
public final class GradientReducer {
  /// Up to so many floats, 256 KB, handing a sum over to a thread and back takes longer than there is to hide.
  public static let shortFloats = ReductionPlan.mostFloatsWhole

  /// The leaves of this rank in this step, ascending.
  public private(set) var ownLeaves: [Int] = []
  /// Seconds that the caller waited for other ranks in this step, outside `wait()`: where every leaf goes over the ranks by
  /// itself, a round begins when the one before is over.
  public private(set) var waitedSeconds = 0.0
  /// Bytes that this rank sent in the last step.
  public private(set) var bytesSent = 0

  private let layout: HostLayout
  private let rank: Int
  private let floatCount: Int
  private let bucketCount: Int
  private let leaves: Leaves
  private let sums: Sums
  private var plan: ReductionPlan
  /// Leaves of this rank that are finished.
  private var finished = 0
  private var lastFold = LastLeafFold.empty
  /// Floats at the beginning of the flat buffer that the step uses.
  private var floats = 0
  /// Of the step under way, whose rounds were summed so far.
  private var statistics = ReductionEngine.Statistics()
  private var failure: CommunicationError?
  /// Rounds of the step that the thread was given.
  private var startedRounds = 0

  /// What becomes of a leaf.
  private enum Leaves {
    /// It is added to those before it on this rank; sums go over the ranks once in a step.
    case folded(LeafFold)
    /// It goes over the ranks at once.
    case inRounds(LeafRounds)
  }

  /// Who adds up over the ranks.
  private enum Sums {
    /// There is one rank.
    case nobody
    /// A thread, beside the last backward pass.
    case beside(ReductionThread)
    /// `wait`, when all is ready.
    case after(ReductionEngine)
  }

  /// Collective; buckets lie one after the other.
  /// - Parameter bucketBoundaries: offsets in the flat buffer, from 0 up to `floatCount` or from there down to 0; bucket i
  ///   lies between boundaries i and i + 1.
  public convenience init(
    communicator: any Communicator, floatCount: Int, bucketBoundaries: [Int], leaves: Int, shards: ShardPlan? = nil,
    overlaps: Bool = true, wire: GradientWire = .fp32, recorder: FlightRecorder = .shared
  ) throws(CommunicationError) {
    try self.init(
      communicator: communicator, floatCount: floatCount,
      buckets: zip(bucketBoundaries, bucketBoundaries.dropFirst()).map { min($0, $1)..<max($0, $1) }, leaves: leaves,
      shards: shards, overlaps: overlaps, wire: wire, recorder: recorder)
  }

  /// Collective.
  /// - Parameters:
  ///   - floatCount: floats in the flat gradient buffer.
  ///   - buckets: parts that together are the flat buffer, in the order in which they become ready.
  ///   - leaves: the number of leaves of the first step.
  ///   - shards: says how ranks lie on hosts; nil: the reducer finds out. If it is over hosts, the sum is complete only
  ///     where this host's ranks have their shards.
  ///   - overlaps: whether buckets are summed while the last leaf goes on; if not, in `wait()`.
  ///   - wire: in which type sums travel between hosts. In bf16 the sum has the same bits on every rank, but they depend on
  ///     which leaves are on which host.
  ///   - recorder: is told how far the sums are.
  /// - Throws: `noSharedMemory` if the ranks of a host cannot share memory though `shards` was made for ranks that do.
  public init(
    communicator: any Communicator, floatCount: Int, buckets: [Range<Int>], leaves: Int, shards: ShardPlan? = nil,
    overlaps: Bool = true, wire: GradientWire = .fp32, recorder: FlightRecorder = .shared
  ) throws(CommunicationError) {
    var end = 0
    for bucket in buckets.sorted(by: { ($0.lowerBound, $0.upperBound) < ($1.lowerBound, $1.upperBound) }) {
      precondition(bucket.lowerBound == end, "GradientReducer: buckets \(buckets) of \(floatCount) floats")
      end = bucket.upperBound
    }
    precondition(buckets.count > 0 && end == floatCount, "GradientReducer: buckets \(buckets) of \(floatCount) floats")
    rank = communicator.rank
    self.floatCount = floatCount
    bucketCount = buckets.count
    if communicator.size == 1 {
      layout = .apart(ranks: 1)
      self.leaves = .folded(LeafFold { FloatBuffer(count: floatCount) })
      sums = .nobody
    } else {
      let group = try HostGroup(communicator, layout: shards?.layout)
      let engine = try ReductionEngine(
        communicator: communicator.duplicate(), group: group, floatCount: floatCount, buckets: buckets,
        shards: shards.flatMap { $0.isOverHosts ? $0 : nil }, wire: wire, recorder: recorder)
      layout = group.layout
      var slots = 0
      func newBuffer() -> FloatBuffer {
        defer { slots += 1 }
        return engine.buffer(slot: slots)
      }
      if shards?.shardsGradients ?? false {
        self.leaves = .inRounds(LeafRounds(layout: layout, rank: rank, newBuffer: newBuffer))
      } else {
        self.leaves = .folded(LeafFold(newBuffer: newBuffer))
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
    ReductionPlan.excess(plans(of: leaves), hosts: layout.hosts.count)
  }

  /// How many hosts the ranks are on.
  public var hostCount: Int { layout.hosts.count }

  /// The leaves of this rank in a step over `leaves`: neighbours in the tree, and those of one host too; where gradients are
  /// sharded, one of every round.
  public func ownLeaves(of leaves: Int) -> [Int] { plans(of: leaves).flatMap(\.ownLeaves) }

  private func plans(of leaves: Int) -> [ReductionPlan] {
    switch self.leaves {
    case .folded: [ReductionPlan(leaves: leaves, layout: layout, rank: rank)]
    case .inRounds: LeafRounds.plans(of: leaves, layout: layout, rank: rank)
    }
  }

  /// Where the current leaf's gradient is added up; all zero before the leaf.
  public var leafBuffer: UnsafeMutableBufferPointer<Float> {
    switch leaves {
    case .folded(let fold): UnsafeMutableBufferPointer(start: fold.leaf.pointer, count: floatCount)
    case .inRounds(let rounds): UnsafeMutableBufferPointer(start: rounds.leaf.pointer, count: floatCount)
    }
  }

  /// Starts a step over `leaves` leaves, the same number on every rank. What the last `wait()` returned ends here.
  /// `floats`: how many at the beginning of the flat buffer the step uses, if not all; the others are neither cleared nor
  /// summed.
  public func begin(leaves count: Int, floats: Int? = nil) {
    precondition(floats ?? 0 <= floatCount, "begin: \(floats ?? 0) of \(floatCount) floats")
    self.floats = floats ?? floatCount
    (finished, startedRounds, statistics) = (0, 0, ReductionEngine.Statistics())
    waitedSeconds = 0
    switch leaves {
    case .inRounds(let rounds):
      rounds.begin(leaves: count)
      ownLeaves = rounds.plans.flatMap(\.ownLeaves)
    case .folded(let fold):
      if count != plan.tree.leaves { plan = ReductionPlan(leaves: count, layout: layout, rank: rank) }
      ownLeaves = Array(plan.ownLeaves)
      fold.begin(tree: plan.tree, floats: self.floats)
      lastFold = .empty
      if ownLeaves.isEmpty {
        hand(over: ReductionEngine.Step(plan: plan, fold: lastFold, floats: self.floats))
        markAllReady()
      } else {
        prepareIfLast(fold)
      }
    }
  }

  /// Tells that nothing will be added to `bucket` any more. Where leaves are folded this means nothing before the last one.
  public func markReady(bucket: Int) {
    guard case .beside(let thread) = sums else { return }
    switch leaves {
    case .folded: if !isLastLeaf { return }
    case .inRounds(let rounds): start(rounds)
    }
    thread.markReady(bucket..<bucket + 1)
  }

  /// Ends the current leaf; buckets that were not marked are final now.
  /// - Throws: what a round has failed with. `wait()` would tell it too late: the other ranks wait for this one in that
  ///   round, and so it must not wait for them anywhere else.
  public func finishLeaf() throws(CommunicationError) {
    precondition(finished < ownLeaves.count, "finishLeaf: \(finished) of \(ownLeaves) are finished")
    switch leaves {
    case .inRounds(let rounds): try finish(rounds)
    case .folded(let fold):
      if !isLastLeaf {
        fold.push(leaf: ownLeaves[finished])
      } else if case .nobody = sums {
        lastFold.fold(0..<floats)
      } else {
        markAllReady()
      }
    }
    finished += 1
    if case .folded(let fold) = leaves { prepareIfLast(fold) }
  }

  /// Ends this rank's part in a step whose leaves are all finished. To be called before the caller waits for other ranks
  /// elsewhere than in `wait()`, which does it too: they may be waiting for this. Throws as `finishLeaf()` does.
  public func finishLeaves() throws(CommunicationError) {
    precondition(finished == ownLeaves.count, "\(finished) of \(ownLeaves) are finished")
    guard case .inRounds(let rounds) = leaves else { return }
    while !rounds.isComplete { try finish(rounds) }
  }

  /// Waits until the sum is complete, and returns it: addressed like the flat buffer, the same memory for all ranks of a
  /// host and valid until any of them calls the next `begin`. No rank changes what another one reads. Where shards are over
  /// hosts, it is there for the shards of this host's ranks alone.
  /// - Throws: what the communication thread met; the reducer is of no further use then.
  public func wait() throws(CommunicationError) -> UnsafeMutableBufferPointer<Float> {
    try finishLeaves()
    let sum: FloatBuffer
    switch sums {
    case .nobody: return UnsafeMutableBufferPointer(start: lastFold.entries[0].pointer, count: floatCount)
    case .beside(let thread):
      waitForRound(thread)
      sum = thread.engine.sum
    case .after(let engine):
      if case .folded = leaves { run(engine, ReductionEngine.Step(plan: plan, fold: lastFold, floats: self.floats)) }
      sum = engine.sum
    }
    if let failure { throw failure }
    bytesSent = statistics.bytesSent
    return UnsafeMutableBufferPointer(start: sum.pointer, count: floatCount)
  }

  private var isLastLeaf: Bool { finished == ownLeaves.count - 1 }

  private func prepareIfLast(_ fold: LeafFold) {
    guard isLastLeaf else { return }
    lastFold = fold.finish(leaf: ownLeaves[finished])
    hand(over: ReductionEngine.Step(plan: plan, fold: lastFold, floats: self.floats))
  }

  private func hand(over step: ReductionEngine.Step) {
    if case .beside(let thread) = sums { thread.begin(step) }
  }

  private func markAllReady() {
    guard case .beside(let thread) = sums else { return }
    if case .inRounds(let rounds) = leaves, rounds.current < rounds.plans.count - 1 {
      thread.markReady(0..<bucketCount)
    } else {
      thread.finish()
    }
  }

  // MARK: Rounds

  /// Hands the current round to the thread if it does not have it yet; the round before is over then.
  private func start(_ rounds: LeafRounds) {
    guard startedRounds == rounds.current, case .beside(let thread) = sums else { return }
    if startedRounds > 0 { waiting { waitForRound(thread) } }
    startedRounds += 1
    if failure == nil { hand(over: rounds.step(floats: floats)) }
  }

  /// Ends the current round: this rank adds nothing more to it.
  private func finish(_ rounds: LeafRounds) throws(CommunicationError) {
    start(rounds)
    markAllReady()
    if case .after(let engine) = sums { waiting { run(engine, rounds.step(floats: floats)) } }
    if let failure { throw failure }
    rounds.next()
  }

  private func waiting(_ body: () -> Void) {
    let start = ContinuousClock.now
    body()
    waitedSeconds += ContinuousClock().seconds(since: start)
  }

  /// What a round fails with is told by `finish` and `wait()`.
  private func waitForRound(_ thread: ReductionThread) {
    do throws(CommunicationError) {
      statistics.add(try thread.wait())
    } catch {
      failure = error
    }
  }

  private func run(_ engine: ReductionEngine, _ step: ReductionEngine.Step) {
    guard failure == nil else { return }
    do throws(CommunicationError) {
      statistics.add(try engine.run(step, readiness: { _ in .ready }, mayLook: { true }) ?? .init())
    } catch {
      failure = error
    }
  }
}

extension ContinuousClock {
  func seconds(since start: Instant) -> Double {
    (now - start) / .seconds(1)
  }
}
