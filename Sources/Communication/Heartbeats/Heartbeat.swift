/// What a rank tells rank 0 every second, and rank 0 the others: one datagram.
struct Heartbeat: Equatable, Sendable {
  enum Kind: UInt8, Sendable {
    /// "I live", with how the rank stands.
    case beat = 1
    /// The rank leaves in good order; its silence means nothing from now on.
    case leaving = 2
    /// Rank 0 gives the run up; `operation` is why.
    case ending = 3
  }

  var kind: Kind
  var rank: Int
  /// A random number that the ranks of a run share: no other program's datagram is taken for one of ours.
  var run: UInt64
  var step = 0
  /// Operations that the rank has begun.
  var count = 0
  var isInOperation = false
  /// Milliseconds since it last began or finished anything.
  var idleMilliseconds = 0
  /// Median of its last steps, or 0 before there is one.
  var stepMilliseconds = 0
  var phase = ""
  /// The last communication operation, in words.
  var operation = ""

  /// Longer texts are cut: a datagram of this size passes any network whole.
  static let longestText = 400

  var bytes: [UInt8] {
    var bytes: [UInt8] = [kind.rawValue, isInOperation ? 1 : 0]
    for value in [rank, Int(bitPattern: UInt(run)), step, count, idleMilliseconds, stepMilliseconds] {
      bytes += littleEndianBytes(of: value)
    }
    for text in [phase, operation] {
      let characters = Array(text.utf8.prefix(Self.longestText))
      bytes += [UInt8(characters.count & 255), UInt8(characters.count >> 8)] + characters
    }
    return bytes
  }

  init(kind: Kind, rank: Int, run: UInt64, position: FlightRecorder.Position? = nil, reason: String = "") {
    self.kind = kind
    self.rank = rank
    self.run = run
    operation = reason
    guard let position else { return }
    step = position.step
    count = position.count
    isInOperation = position.isInOperation
    idleMilliseconds = Int(min(position.idleSeconds, 1e9) * 1000)
    // However short, it is not "none yet".
    stepMilliseconds = position.medianStepSeconds.map { max(1, Int(min($0, 1e9) * 1000)) } ?? 0
    phase = position.phase
    operation = position.operation
  }

  /// Nil for anything that is not whole and of this kind.
  init?(_ bytes: [UInt8]) {
    guard bytes.count >= 54, let kind = Kind(rawValue: bytes[0]) else { return nil }
    self.kind = kind
    isInOperation = bytes[1] == 1
    let integers = (0..<6).map { integer(at: 2 + 8 * $0, of: bytes) }
    rank = integers[0]
    run = UInt64(bitPattern: Int64(integers[1]))
    (step, count, idleMilliseconds, stepMilliseconds) = (integers[2], integers[3], integers[4], integers[5])
    var texts: [String] = []
    var start = 50
    while texts.count < 2 {
      guard bytes.count >= start + 2 else { return nil }
      let end = start + 2 + Int(bytes[start]) + Int(bytes[start + 1]) << 8
      guard bytes.count >= end else { return nil }
      texts.append(String(decoding: bytes[(start + 2)..<end], as: UTF8.self))
      start = end
    }
    (phase, operation) = (texts[0], texts[1])
  }
}
