import Glibc
import Synchronization

/// Where the time goes: spans of work on all threads, recorded between `start` and `stop`.
///
/// Spans of a thread nest, and every moment is counted once, for the innermost span that covers it. While no profile is
/// on, a span costs one relaxed load. Memory is bounded: sums are kept per name, and the spans themselves in a ring.
public enum Profile {
  /// How many spans are kept for a trace: those that ended last.
  public static let mostSpans = 100_000

  /// Which profile is on, counted from 1; 0 while there is none.
  private static let session = Atomic<Int>(0)
  private static let sessions = Atomic<Int>(0)
  private static let recorder = Mutex(Recorder())

  /// Begins to record; the calling thread is the one whose time the phases divide up. What was recorded before is gone.
  public static func start() {
    let number = sessions.add(1, ordering: .relaxed).newValue
    let thread = currentThread
    recorder.withLock { $0.start(capacity: mostSpans, on: thread, at: now()) }
    session.store(number, ordering: .releasing)
  }

  /// Ends the recording. Spans that are still open are not in the result.
  public static func stop() -> ProfileResult {
    session.store(0, ordering: .releasing)
    let end = now()
    return recorder.withLock { $0.stop(at: end) }
  }

  /// What the calling thread is called from now on, in this profile and in those to come.
  public static func nameThread(_ name: String) {
    let thread = currentThread
    recorder.withLock { $0.name(thread, name) }
  }

  /// A span that is under way on this thread. It is ended once, on the same thread, before the span around it.
  public struct OpenSpan {
    fileprivate let session: Int

    public func end() {
      guard session != 0 else { return }
      let end = Profile.now()
      let thread = Profile.currentThread
      Profile.recorder.withLock {
        if session == Profile.session.load(ordering: .relaxed) { $0.end(on: thread, at: end) }
      }
    }
  }

  /// A kernel begins, called `name` as the field calls it. `flops`: the floating-point operations that it takes, for
  /// products of matrices (2·m·n·k). `defer { span.end() }` follows.
  public static func operation(_ name: @autoclosure () -> String, flops: @autoclosure () -> Int = 0) -> OpenSpan {
    let session = session.load(ordering: .relaxed)
    if session != 0 { begin(session, .operation, name(), amount: flops()) }
    return OpenSpan(session: session)
  }

  /// `body` is one of the phases of a step, or of a run between steps.
  @discardableResult
  public static func phase<Value, Failure>(
    _ name: String, _ body: () throws(Failure) -> Value
  ) throws(Failure) -> Value {
    try span(.phase, name, amount: 0, body)
  }

  /// `body` is training step `number`.
  @discardableResult
  public static func step<Value, Failure>(
    _ number: Int, _ body: () throws(Failure) -> Value
  ) throws(Failure) -> Value {
    try span(.step, "step", amount: number, body)
  }

  private static func span<Value, Failure>(
    _ kind: ProfileSpan.Kind, _ name: String, amount: Int, _ body: () throws(Failure) -> Value
  ) throws(Failure) -> Value {
    let session = session.load(ordering: .relaxed)
    if session != 0 { begin(session, kind, name, amount: amount) }
    defer { OpenSpan(session: session).end() }
    return try body()
  }

  private static func begin(_ session: Int, _ kind: ProfileSpan.Kind, _ name: String, amount: Int) {
    let thread = currentThread
    recorder.withLock {
      guard session == Self.session.load(ordering: .relaxed) else { return }
      $0.begin(kind, name, amount: amount, on: thread) { now() }
    }
  }

  /// The system's number of this thread.
  private static var currentThread: Recorder.ThreadNumber { UInt(pthread_self()) }

  /// Nanoseconds of the clock that all processes of a host share.
  private static func now() -> UInt64 {
    var time = timespec()
    unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }
}
