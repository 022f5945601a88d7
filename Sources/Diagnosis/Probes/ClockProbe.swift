import Communication
import Glibc

/// How far another host's wall clock is ahead.
public struct ClockOffset: Codable, Equatable, Sendable {
  /// Seconds, and how much of them the way of the message may have made.
  public var seconds: Double
  public var uncertainty: Double

  public init(seconds: Double, uncertainty: Double) {
    self.seconds = seconds
    self.uncertainty = uncertainty
  }

  /// Of several questions the one that was answered soonest says most: the answer was made between question and
  /// arrival, in the middle if both ways take equally long. `asked`, `came`: our clock; `answered`: the other's; seconds.
  static func best(of samples: [(asked: Double, answered: Double, came: Double)]) -> ClockOffset? {
    samples.min { $0.came - $0.asked < $1.came - $1.asked }.map { sample in
      ClockOffset(
        seconds: sample.answered - (sample.asked + sample.came) / 2, uncertainty: (sample.came - sample.asked) / 2)
    }
  }
}

/// Asks another rank for the time.
struct ClockProbe {
  static let questions = 16
  private static let tag = 101

  let messages: PatientMessages
  /// Nanoseconds since 1970 on this host's clock.
  var now: () -> Int = Self.wallClock

  func ask(_ peer: Int, deadline: UInt64) throws -> ClockOffset? {
    var samples: [(asked: Double, answered: Double, came: Double)] = []
    // Against a time near by, so that a double holds microseconds.
    let start = now()
    for _ in 0..<Self.questions {
      let asked = now()
      try messages.send(number: 0, to: peer, tag: Self.tag, deadline: deadline)
      let answered = try messages.receiveNumber(from: peer, tag: Self.tag, deadline: deadline)
      let came = now()
      func seconds(_ time: Int) -> Double { Double(time - start) / 1e9 }
      samples.append((seconds(asked), seconds(answered), seconds(came)))
    }
    return ClockOffset.best(of: samples)
  }

  func answer(_ peer: Int, deadline: UInt64) throws {
    for _ in 0..<Self.questions {
      _ = try messages.receiveNumber(from: peer, tag: Self.tag, deadline: deadline)
      try messages.send(number: now(), to: peer, tag: Self.tag, deadline: deadline)
    }
  }

  static func wallClock() -> Int {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return time.tv_sec * 1_000_000_000 + time.tv_nsec
  }
}
