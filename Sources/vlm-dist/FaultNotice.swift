import Communication
import Foundation

/// Sees to it that a fault is told once. One that every rank has, such as a wrong recipe, is told by rank 0, which lets
/// the others know before it ends the run: how long mpirun takes to end them is anybody's guess.
enum FaultNotice {
  /// The highest of the tags that are not the collectives' own.
  private static let tag = 29_999

  /// Rank 0: lets the others know that it has told its fault. Waits no longer than half a second for that.
  static func send(_ communicator: any Communicator) {
    inBackground(seconds: 0.5) {
      let empty = UnsafeRawBufferPointer(start: nil, count: 0)
      let transfers = try (1..<communicator.size).map { try communicator.startSend(empty, to: $0, tag: tag) }
      try communicator.wait(transfers)
    }
  }

  /// The other ranks: whether rank 0 has told its fault, or does so within some seconds. The waits differ, so that of
  /// several ranks with a fault that rank 0 does not have the first tells it and ends the others.
  static func isReceived(_ communicator: any Communicator) -> Bool {
    inBackground(seconds: 3 + 0.05 * Double(min(communicator.rank, 100))) {
      let empty = UnsafeMutableRawBufferPointer(start: nil, count: 0)
      try communicator.wait([try communicator.startReceive(empty, from: 0, tag: tag)])
    }
  }

  /// Whether `body` came to its end in time. It may never do so: it waits for a rank that may be dead.
  @discardableResult
  private static func inBackground(seconds: Double, _ body: @escaping @Sendable () throws -> Void) -> Bool {
    let done = DispatchSemaphore(value: 0)
    Thread.detachNewThread { if (try? body()) != nil { done.signal() } }
    return done.wait(timeout: .now() + seconds) == .success
  }
}
