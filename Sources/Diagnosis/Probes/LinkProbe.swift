import Communication

/// What one host can send to another one.
public struct Link: Codable, Equatable, Sendable {
  /// Numbers of the hosts.
  public var from: Int
  public var to: Int
  /// Nil where the other host did not answer.
  public var bytesPerSecond: Double?
  /// Seconds for an empty message and its answer; nil as above.
  public var roundTrip: Double?

  public init(from: Int, to: Int, bytesPerSecond: Double?, roundTrip: Double?) {
    self.from = from
    self.to = to
    self.bytesPerSecond = bytesPerSecond
    self.roundTrip = roundTrip
  }
}

/// Measures the link between two hosts by one rank of each, in messages like those of a gradient sum.
struct LinkProbe {
  static let pieceBytes = 256 << 10
  private static let mostPieces = 128, trials = 3, roundTrips = 12
  private static let tag = 102

  let messages: PatientMessages
  /// Time to spend on one direction. On a slow link the four pieces of the first trial may take longer.
  let seconds: Double

  /// Both ranks of a pair call it; the one that `leads` gets both directions, as bytes a second from it and to it, and
  /// the seconds of a round trip; the other one zeros.
  func measure(
    with peer: Int, leads: Bool, deadline: UInt64
  ) throws -> (sending: Double, receiving: Double, roundTrip: Double) {
    if leads {
      let roundTrip = try shortestRoundTrip(peer, deadline)
      let sending = try send(to: peer, roundTrip: roundTrip, deadline)
      try receive(from: peer, deadline)
      // In nanoseconds per piece, as messages are whole numbers.
      let perPiece = try messages.receiveNumber(from: peer, tag: Self.tag, deadline: deadline)
      return (sending, Self.rate(pieces: 1, seconds: Double(perPiece) / 1e9), roundTrip)
    }
    for _ in 0..<Self.roundTrips {
      _ = try messages.receive(0, from: peer, tag: Self.tag, deadline: deadline)
      try messages.send([], to: peer, tag: Self.tag, deadline: deadline)
    }
    try receive(from: peer, deadline)
    let sending = try send(to: peer, roundTrip: 0, deadline)
    let perPiece = Int(Double(Self.pieceBytes) / sending * 1e9)
    try messages.send(number: perPiece, to: peer, tag: Self.tag, deadline: deadline)
    return (0, 0, 0)
  }

  private func shortestRoundTrip(_ peer: Int, _ deadline: UInt64) throws -> Double {
    var shortest = UInt64.max
    for _ in 0..<Self.roundTrips {
      let start = MonotonicClock.nanoseconds()
      try messages.send([], to: peer, tag: Self.tag, deadline: deadline)
      _ = try messages.receive(0, from: peer, tag: Self.tag, deadline: deadline)
      shortest = min(shortest, MonotonicClock.nanoseconds() - start)
    }
    return Double(shortest) / 1e9
  }

  /// Bytes a second, the best of some trials: others of the machine or network may have been in the way. The first one only
  /// tells how much to send: a switch may let that little pass at once.
  private func send(to peer: Int, roundTrip: Double, _ deadline: UInt64) throws -> Double {
    let piece = PatientMessages.memory(Self.pieceBytes)
    piece.initializeMemory(as: UInt8.self, repeating: 0)
    var (best, pieces) = (0.0, 4)
    for trial in 0..<Self.trials {
      try messages.send(number: pieces, to: peer, tag: Self.tag, deadline: deadline)
      _ = try messages.receive(0, from: peer, tag: Self.tag, deadline: deadline)
      let start = MonotonicClock.nanoseconds()
      let transfers = try (0..<pieces).map { _ in
        try messages.communicator.startSend(UnsafeRawBufferPointer(piece), to: peer, tag: Self.tag)
      }
      try messages.finish(transfers, peer, deadline)
      _ = try messages.receive(0, from: peer, tag: Self.tag, deadline: deadline)
      let took = Double(MonotonicClock.nanoseconds() - start) / 1e9 - roundTrip / 2
      best = max(trial < 2 ? 0 : best, Self.rate(pieces: pieces, seconds: took))
      let affordable = best * seconds / Double((Self.trials - 1) * Self.pieceBytes)
      pieces = Int(min(max(affordable, 4), Double(Self.mostPieces)))
    }
    try messages.send(number: 0, to: peer, tag: Self.tag, deadline: deadline)
    piece.deallocate()
    return best
  }

  private func receive(from peer: Int, _ deadline: UInt64) throws {
    while true {
      let pieces = try messages.receiveNumber(from: peer, tag: Self.tag, deadline: deadline)
      guard (1...Self.mostPieces).contains(pieces) else { return }
      let memory = PatientMessages.memory(pieces * Self.pieceBytes)
      // Pages that nobody has touched yet would be a part of the time.
      memory.initializeMemory(as: UInt8.self, repeating: 1)
      let transfers = try (0..<pieces).map { number in
        let part = memory[number * Self.pieceBytes..<(number + 1) * Self.pieceBytes]
        return try messages.communicator.startReceive(
          UnsafeMutableRawBufferPointer(rebasing: part), from: peer, tag: Self.tag)
      }
      try messages.send([], to: peer, tag: Self.tag, deadline: deadline)
      try messages.finish(transfers, peer, deadline)
      try messages.send([], to: peer, tag: Self.tag, deadline: deadline)
      memory.deallocate()
    }
  }

  private static func rate(pieces: Int, seconds: Double) -> Double {
    Double(pieces * pieceBytes) / max(seconds, 1e-9)
  }
}
