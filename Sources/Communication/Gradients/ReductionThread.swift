import Profiling
import Synchronization

/// The thread that sums buckets over the ranks while the caller's backward pass goes on.
///
/// Unchecked: what follows `condition` below is guarded by it; the engine belongs to the thread from `begin` on, and to
/// the caller again when `wait` returns.
final class ReductionThread: @unchecked Sendable {
  let engine: ReductionEngine
  private let bucketCount: Int
  private let isExposed = Atomic<Bool>(false)

  private let condition = ConditionVariable()
  private var step: ReductionEngine.Step?
  private var isReady: [Bool]
  private var isStopped = false
  private var statistics = ReductionEngine.Statistics()
  private var failure: CommunicationError?

  /// Starts the thread.
  init(engine: ReductionEngine, bucketCount: Int) throws(CommunicationError) {
    self.engine = engine
    self.bucketCount = bucketCount
    isReady = Array(repeating: false, count: bucketCount)
    try BackgroundThread { self.run() }.detach()
  }

  /// Hands over a step; its buckets follow by `markReady`.
  func begin(_ step: ReductionEngine.Step) {
    isExposed.store(false, ordering: .relaxed)
    condition.withLock {
      precondition(self.step == nil || failure != nil, "the step before was not waited for")
      isReady = Array(repeating: false, count: bucketCount)
      self.step = step
      condition.wakeAll()
    }
  }

  /// All buckets are ready, and the caller has nothing more to compute: the core is the thread's.
  func finish() {
    isExposed.store(true, ordering: .relaxed)
    markReady(0..<bucketCount)
  }

  func markReady(_ chosen: Range<Int>) {
    condition.withLock {
      for bucket in chosen { isReady[bucket] = true }
    }
    engine.group.doorbell.ring()
  }

  /// Sleeps until the step is done; an error stays for good.
  func wait() throws(CommunicationError) -> ReductionEngine.Statistics {
    isExposed.store(true, ordering: .relaxed)
    // It may look from now on: end its nap.
    engine.group.doorbell.ring()
    return try condition.withLock { () throws(CommunicationError) in
      condition.wait { step == nil || failure != nil }
      if let failure { throw failure }
      return statistics
    }
  }

  /// Lets the thread end when it next looks. It is not joined: it may be waiting for a rank that is gone, and it owns
  /// all it touches; what it leaves unfinished stays in memory, because messages for it may still come in.
  func stop() {
    condition.withLock {
      isStopped = true
      condition.wakeAll()
    }
    engine.group.doorbell.ring()
  }

  private func run() {
    Profile.nameThread("communication")
    while let step = nextStep() {
      var failure: CommunicationError?
      var statistics = ReductionEngine.Statistics()
      do {
        guard let found = try engine.run(step, readiness: readiness, mayLook: { isExposed.load(ordering: .relaxed) })
        else {
          _ = Unmanaged.passRetained(self)
          return
        }
        statistics = found
      } catch {
        failure = error
      }
      condition.withLock {
        self.statistics = statistics
        self.failure = failure
        if failure == nil { self.step = nil }
        condition.wakeAll()
      }
      if failure != nil {
        _ = Unmanaged.passRetained(self)
        return
      }
    }
  }

  private func nextStep() -> ReductionEngine.Step? {
    condition.withLock {
      condition.wait { step != nil || isStopped }
      return isStopped ? nil : step
    }
  }

  private func readiness(of bucket: Int) -> ReductionEngine.Readiness {
    condition.withLock { isStopped ? .stopped : isReady[bucket] ? .ready : .notYet }
  }
}
