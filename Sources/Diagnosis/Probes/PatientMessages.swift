import Communication
import Glibc

/// Messages with an end to patience: what a look at the links must not do is hang on one that is dead.
///
/// A message that was given up stays with the library, and so does its memory.
struct PatientMessages {
  /// A rank did not answer in time.
  struct Silence: Error, Equatable {
    let peer: Int
  }

  /// Looks at a transfer without a pause: round trips are shorter than a sleep. After that the core goes to others.
  private static let spins = 2000

  let communicator: any Communicator

  /// Sends `bytes`, of which the receiver knows how many there are. `deadline`: on the monotonic clock, nanoseconds.
  func send(_ bytes: [UInt8], to peer: Int, tag: Int, deadline: UInt64) throws {
    let memory = Self.memory(bytes.count)
    memory.copyBytes(from: bytes)
    try finish([try communicator.startSend(UnsafeRawBufferPointer(memory), to: peer, tag: tag)], peer, deadline)
    memory.deallocate()
  }

  func receive(_ count: Int, from peer: Int, tag: Int, deadline: UInt64) throws -> [UInt8] {
    let memory = Self.memory(count)
    try finish([try communicator.startReceive(memory, from: peer, tag: tag)], peer, deadline)
    defer { memory.deallocate() }
    return Array(memory)
  }

  /// A number as a message.
  func send(number: Int, to peer: Int, tag: Int, deadline: UInt64) throws {
    try send(withUnsafeBytes(of: number.littleEndian) { Array($0) }, to: peer, tag: tag, deadline: deadline)
  }

  func receiveNumber(from peer: Int, tag: Int, deadline: UInt64) throws -> Int {
    let bytes = try receive(8, from: peer, tag: tag, deadline: deadline)
    return bytes.withUnsafeBytes { Int(littleEndian: $0.loadUnaligned(as: Int.self)) }
  }

  /// Bytes whose number the receiver does not know.
  func sendAll(_ bytes: [UInt8], to peer: Int, tag: Int, deadline: UInt64) throws {
    try send(number: bytes.count, to: peer, tag: tag, deadline: deadline)
    try send(bytes, to: peer, tag: tag, deadline: deadline)
  }

  func receiveAll(from peer: Int, tag: Int, deadline: UInt64) throws -> [UInt8] {
    let count = try receiveNumber(from: peer, tag: tag, deadline: deadline)
    return try receive(count, from: peer, tag: tag, deadline: deadline)
  }

  /// Waits for all of `transfers`, which go to or come from `peer`.
  func finish(_ transfers: [Transfer], _ peer: Int, _ deadline: UInt64) throws {
    var looks = 0
    while true {
      try communicator.look(at: transfers)
      if transfers.allSatisfy(\.isDone) { return }
      guard MonotonicClock.nanoseconds() < deadline else { throw Silence(peer: peer) }
      looks += 1
      if looks < Self.spins { sched_yield() } else { usleep(100) }
    }
  }

  static func memory(_ count: Int) -> UnsafeMutableRawBufferPointer {
    // An empty message has an address, too.
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: max(count, 1), alignment: 64)
    return UnsafeMutableRawBufferPointer(rebasing: memory[..<count])
  }
}
