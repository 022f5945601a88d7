import Glibc

/// A lock and a condition on what it guards: threads sleep until another one changes the state.
/// Unchecked because the compiler cannot see that the POSIX calls synchronise.
final class ConditionVariable: @unchecked Sendable {
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

  init() {
    precondition(pthread_mutex_init(mutex, nil) == 0 && pthread_cond_init(condition, nil) == 0, "pthread init")
  }

  deinit {
    pthread_cond_destroy(condition)
    pthread_mutex_destroy(mutex)
    condition.deallocate()
    mutex.deallocate()
  }

  func withLock<Value, Failure>(_ body: () throws(Failure) -> Value) throws(Failure) -> Value {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return try body()
  }

  /// Sleeps until `condition()` holds. Only inside `withLock`.
  func wait(until isTrue: () -> Bool) {
    while !isTrue() { pthread_cond_wait(condition, mutex) }
  }

  /// Wakes all sleepers to look at the state again. Only inside `withLock`.
  func wakeAll() {
    pthread_cond_broadcast(condition)
  }
}
