import Profiling

/// The thread that sums buckets over the ranks while the caller's backward pass goes on.
///
/// Unchecked: what follows `condition` below is guarded by it; the rest belongs to the thread from `begin` on, and to
/// the caller again when `wait` returns.
final class ReductionThread: @unchecked Sendable {
  /// One step, as the thread sees it.
  struct Step: Sendable {
    let plan: ReductionPlan
    let fold: LastLeafFold
  }

  struct Statistics: Sendable {
    var seconds = 0.0
    var bytesSent = 0
  }

  /// The sum over all ranks, valid after `wait`.
  let sum: FloatBuffer
  private let communicator: any Communicator
  private let buckets: [Range<Int>]
  /// Two buckets can be under way at a time.
  private var inboxes = [FloatBuffer(count: 0), FloatBuffer(count: 0)]

  private let condition = ConditionVariable()
  private var step: Step?
  private var isReady: [Bool]
  private var isStopped = false
  private var statistics = Statistics()
  private var failure: CommunicationError?

  /// Starts the thread. `communicator` is used by no one else.
  init(communicator: any Communicator, floatCount: Int, buckets: [Range<Int>]) throws(CommunicationError) {
    self.communicator = communicator
    self.buckets = buckets
    sum = FloatBuffer(count: floatCount)
    isReady = Array(repeating: false, count: buckets.count)
    try BackgroundThread { self.run() }.detach()
  }

  /// Hands over a step; its buckets follow by `markReady`.
  func begin(_ step: Step) {
    condition.withLock {
      precondition(self.step == nil || failure != nil, "the step before was not waited for")
      isReady = Array(repeating: false, count: buckets.count)
      self.step = step
      condition.wakeAll()
    }
  }

  func markReady(_ chosen: Range<Int>) {
    condition.withLock {
      for bucket in chosen { isReady[bucket] = true }
      condition.wakeAll()
    }
  }

  /// Sleeps until the step is done; an error stays for good.
  func wait() throws(CommunicationError) -> Statistics {
    try condition.withLock { () throws(CommunicationError) in
      condition.wait { step == nil || failure != nil }
      if let failure { throw failure }
      return statistics
    }
  }

  /// Lets the thread end when it next looks. It is not joined: it may be waiting for a rank that is gone, and it owns
  /// all it touches.
  func stop() {
    condition.withLock {
      isStopped = true
      condition.wakeAll()
    }
  }

  private func run() {
    Profile.nameThread("communication")
    while let step = nextStep() {
      var failure: CommunicationError?
      var statistics = Statistics()
      do {
        guard try sumBuckets(of: step, &statistics) else { return }
      } catch {
        failure = error
      }
      condition.withLock {
        self.statistics = statistics
        self.failure = failure
        if failure == nil { self.step = nil }
        condition.wakeAll()
      }
      if failure != nil { return }
    }
  }

  private func nextStep() -> Step? {
    condition.withLock {
      condition.wait { step != nil || isStopped }
      return isStopped ? nil : step
    }
  }

  private enum Readiness {
    case ready, notYet, stopped
  }

  private func readiness(of bucket: Int, sleeping: Bool) -> Readiness {
    condition.withLock {
      if sleeping { condition.wait { isReady[bucket] || isStopped } }
      return isStopped ? .stopped : isReady[bucket] ? .ready : .notYet
    }
  }

  /// Buckets in their order, the same on every rank. The messages of one bucket are under way while the next is
  /// folded. False when it was told to stop.
  private func sumBuckets(of step: Step, _ statistics: inout Statistics) throws(CommunicationError) -> Bool {
    let clock = ContinuousClock()
    let own = step.fold.remaining
    var next = 0
    var underWay: BucketRound?
    while next < buckets.count || underWay != nil {
      var started: BucketRound?
      if next < buckets.count {
        switch readiness(of: next, sleeping: underWay == nil) {
        case .stopped: return false
        case .notYet: break
        case .ready:
          step.fold.fold(buckets[next])
          let start = clock.now
          started = try BucketRound(
            bucket: buckets[next], plan: step.plan, own: own, inbox: inbox(for: next, step.plan), sum: sum,
            communicator: communicator)
          statistics.seconds += clock.seconds(since: start)
          next += 1
        }
      }
      if var round = underWay {
        let start = clock.now
        try round.finish()
        statistics.seconds += clock.seconds(since: start)
        statistics.bytesSent += round.bytesSent
      }
      underWay = started
    }
    return true
  }

  private func inbox(for bucket: Int, _ plan: ReductionPlan) -> FloatBuffer {
    let slice = BucketSlices(bucket: buckets[bucket], ranks: communicator.size).slice(of: communicator.rank)
    let slot = bucket % inboxes.count
    if inboxes[slot].count < plan.remoteCount * slice.count {
      inboxes[slot] = FloatBuffer(count: plan.remoteCount * slice.count)
    }
    return inboxes[slot]
  }
}

extension ContinuousClock {
  func seconds(since start: Instant) -> Double {
    (now - start) / .seconds(1)
  }
}
