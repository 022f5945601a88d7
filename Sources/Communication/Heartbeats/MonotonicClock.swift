import Glibc

/// Time that never goes back, whatever is done to the host's clock.
public enum MonotonicClock {
  public static func nanoseconds() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }

  static func seconds() -> Double { Double(nanoseconds()) / 1e9 }

  /// The system's number of this thread.
  static var thread: UInt { UInt(pthread_self()) }
}
