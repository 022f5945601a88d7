import Glibc

/// Work that a thread of its own does while the caller goes on.
/// Unchecked: the result is guarded by `condition`.
public final class BackgroundTask<Value: Sendable>: @unchecked Sendable {
  private let condition = ConditionVariable()
  private var result: Result<Value, any Error>?

  /// Starts `body`. Throws `threadNotStarted`.
  public init(_ body: @escaping @Sendable () throws -> Value) throws(CommunicationError) {
    try BackgroundThread { [self] in
      let result = Result(catching: body)
      condition.withLock {
        self.result = result
        condition.wakeAll()
      }
    }.detach()
  }

  /// Whether `wait` would return at once.
  public var isDone: Bool { condition.withLock { result != nil } }

  /// Waits so long at most; whether the work is done then.
  public func isDone(within seconds: Double) -> Bool {
    let end = MonotonicClock.seconds() + seconds
    while !isDone, MonotonicClock.seconds() < end { usleep(2000) }
    return isDone
  }

  /// Sleeps until the work is done; throws what `body` threw.
  public func wait() throws -> Value {
    let result = condition.withLock {
      condition.wait { self.result != nil }
      return self.result
    }
    guard let result else { preconditionFailure("BackgroundTask: woken without a result") }
    return try result.get()
  }
}
