import Synchronization

/// The last communication operations of a rank, and where in the run it is: what its heartbeats tell, and what is written
/// down when a run hangs. Any thread may use it; an operation costs two short locks.
public final class FlightRecorder: Sendable {
  /// Where the collectives of this process record.
  public static let shared = FlightRecorder()

  /// How many operations are kept.
  public static let capacity = 64

  /// An operation that a rank takes part in.
  public struct Operation: Equatable, Sendable {
    /// Counted from 1 over the process; the same operation has the same number on all ranks only for one thread's.
    public let number: Int
    /// As the field calls it, such as "barrier" or "all-reduce".
    public let name: String
    /// Size of what this rank gave, in bytes.
    public let bytes: Int
    /// How far it is, where it is a sum of gradient buckets.
    public internal(set) var buckets: BucketProgress.Counts?
    /// Step of the run that was under way, from 1; 0 before the first.
    public let step: Int
    /// Nanoseconds of the monotonic clock.
    public let began: UInt64
    /// Nil while it is under way.
    public internal(set) var ended: UInt64?
  }

  struct State {
    var step = 0
    var phase = "start"
    /// When something was last begun or finished, nanoseconds of the monotonic clock.
    var progressed: UInt64
    var count = 0
    /// The newest operation last.
    var operations: [Operation] = []
    /// Threads in an operation; what goes on inside an operation is part of it.
    var open: [UInt: (number: Int, buckets: BucketProgress?)] = [:]
    var stepBegan: UInt64?
    /// Nanoseconds of the last steps.
    var stepTimes: [UInt64] = []

    /// The operations as they stand now.
    var current: [Operation] {
      var operations = operations
      for (number, buckets) in open.values where buckets != nil {
        // It may have left the ring meanwhile.
        guard let place = operations.lastIndex(where: { $0.number == number }) else { continue }
        operations[place].buckets = buckets?.counts
      }
      return operations
    }
  }

  private let state: Mutex<State>
  private let clock: @Sendable () -> UInt64

  /// - Parameter clock: nanoseconds that never go back.
  public init(clock: @escaping @Sendable () -> UInt64 = { MonotonicClock.nanoseconds() }) {
    self.clock = clock
    state = Mutex(State(progressed: clock()))
  }

  /// `body` is communication operation `name`; `bytes` is what this rank gives, `buckets` what tells how far it is.
  public func operation<Value, Failure>(
    _ name: @autoclosure () -> String, bytes: Int, buckets: BucketProgress? = nil, _ body: () throws(Failure) -> Value
  ) throws(Failure) -> Value {
    let thread = MonotonicClock.thread
    let isOutermost = state.withLock { state in
      guard state.open[thread] == nil else { return false }
      state.count += 1
      state.open[thread] = (state.count, buckets)
      let now = clock()
      state.progressed = now
      if state.operations.count == Self.capacity { state.operations.removeFirst() }
      state.operations.append(
        Operation(number: state.count, name: name(), bytes: bytes, buckets: nil, step: state.step, began: now))
      return true
    }
    defer { if isOutermost { end(thread) } }
    return try body()
  }

  private func end(_ thread: UInt) {
    state.withLock { state in
      guard let (number, buckets) = state.open.removeValue(forKey: thread) else { return }
      let now = clock()
      state.progressed = now
      // It may have left the ring meanwhile.
      if let place = state.operations.lastIndex(where: { $0.number == number }) {
        state.operations[place].ended = now
        state.operations[place].buckets = buckets?.counts
      }
    }
  }

  /// The run is in this phase from now on: "step", "evaluation", "checkpoint"; nil for `step`: it stays.
  public func enter(_ phase: String, step: Int? = nil) {
    state.withLock { state in
      let now = clock()
      if state.phase == "step", let began = state.stepBegan {
        state.stepTimes.append(now - began)
        if state.stepTimes.count > 64 { state.stepTimes.removeFirst() }
      }
      state.phase = phase
      state.step = step ?? state.step
      state.stepBegan = phase == "step" ? now : nil
      state.progressed = now
    }
  }

  /// Something was done that is no communication, such as a micro-batch.
  public func progress() {
    state.withLock { $0.progressed = clock() }
  }

  /// How a rank stands at one moment.
  struct Position: Equatable, Sendable {
    var step: Int
    var phase: String
    /// The operation that was begun last, in words.
    var operation: String
    /// Operations begun so far.
    var count: Int
    /// Whether a thread is inside an operation, where it may wait for other ranks.
    var isInOperation: Bool
    /// Seconds since something was begun or finished.
    var idleSeconds: Double
    /// Of the last steps; nil before three were taken.
    var medianStepSeconds: Double?
  }

  var position: Position {
    state.withLock { state in
      let now = clock()
      let times = state.stepTimes.sorted()
      return Position(
        step: state.step, phase: state.phase,
        operation: state.current.last.map(Self.words) ?? "none yet", count: state.count,
        isInOperation: !state.open.isEmpty, idleSeconds: Double(now - min(state.progressed, now)) / 1e9,
        medianStepSeconds: times.count < 3 ? nil : Double(times[times.count / 2]) / 1e9)
    }
  }

  /// The last operations, the newest last.
  public var operations: [Operation] { state.withLock { $0.current } }

  /// "all-gather 87, 312 bytes, under way", short enough for a heartbeat.
  static func words(_ operation: Operation) -> String {
    let buckets = operation.buckets.map {
      ", of \($0.all) buckets \($0.folded) folded, \($0.started) started, \($0.finished) finished"
    }
    return "\(operation.name) \(operation.number)\(buckets ?? ""), \(operation.bytes) bytes, "
      + (operation.ended == nil ? "under way" : "done")
  }
}
