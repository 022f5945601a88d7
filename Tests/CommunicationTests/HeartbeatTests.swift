import Foundation
import Synchronization
import Testing

@testable import Communication

/// Datagrams, sockets, and whole heartbeats between ranks of one process.
@Suite struct HeartbeatTests {
  private static let beat = Heartbeat(
    kind: .beat, rank: 3, run: 0xfeed_beef_0123_4567,
    position: FlightRecorder.Position(
      step: 12, phase: "step", operation: "gather 7, größer", count: 7, isInOperation: true, idleSeconds: 1.5,
      medianStepSeconds: 0.25))

  @Test func `a heartbeat is read back as it was sent`() {
    #expect(Heartbeat(Self.beat.bytes) == Self.beat)
    let ending = Heartbeat(kind: .ending, rank: 0, run: 1, reason: String(repeating: "x", count: 1000))
    #expect(Heartbeat(ending.bytes)?.operation == String(repeating: "x", count: Heartbeat.longestText))
    #expect(ending.bytes.count < 1200)
  }

  @Test func `however short the steps are, there is a median once there were three`() {
    let recorder = FlightRecorder()
    #expect(Heartbeat(kind: .beat, rank: 0, run: 0, position: recorder.position).stepMilliseconds == 0)
    for step in 1...4 { recorder.enter("step", step: step) }
    #expect(Heartbeat(kind: .beat, rank: 0, run: 0, position: recorder.position).stepMilliseconds == 1)
  }

  @Test func `anything else is none`() {
    let bytes = Self.beat.bytes
    for length in 0..<bytes.count { #expect(Heartbeat(Array(bytes.prefix(length))) == nil) }
    for kind in [0, 4, 255] as [UInt8] { #expect(Heartbeat([kind] + bytes.dropFirst()) == nil) }
    // Changed bytes make another beat or none, and nothing reads beyond the end.
    for place in bytes.indices {
      for value in [0, 1, 0x7F, 0x80, 0xFF] as [UInt8] where value != bytes[place] {
        var changed = bytes
        changed[place] = value
        #expect(Heartbeat(changed) != Self.beat)
      }
    }
  }

  @Test func `a datagram goes from socket to socket, and its sender can be answered`() throws {
    let (here, there) = (try #require(DatagramSocket()), try #require(DatagramSocket()))
    defer { for socket in [here, there] { socket.close() } }
    #expect(here.receive(within: 0) == nil)
    let loopback: UInt32 = 0x7f00_0001
    there.send([1, 2, 3], to: Endpoint(address: loopback, port: here.port))
    let first = try #require(here.receive(within: 5))
    #expect(first.bytes == [1, 2, 3] && first.from == Endpoint(address: loopback, port: there.port))
    here.send([], to: first.from)
    #expect(there.receive(within: 5)?.bytes == [])
    #expect(hostAddresses().contains(loopback))
    let list = [Endpoint(address: 0x0a01_02ff, port: 65_000), Endpoint(address: 1, port: 2)]
    #expect(Endpoint.list(list.flatMap(\.bytes)) == list)
  }

  /// What the ranks of a run did about a loss.
  private final class Log: Sendable {
    private let lines = Mutex<[String]>([])
    private let heldUp = Atomic<Bool>(false)
    var isHeldUp: Bool { heldUp.load(ordering: .relaxed) }
    func holdUp(_ isHeldUp: Bool) { heldUp.store(isHeldUp, ordering: .relaxed) }
    func add(_ line: String) { lines.withLock { $0.append(line) } }
    var all: [String] { lines.withLock { $0 } }
  }

  private static func actions(_ rank: Int, _ log: Log) -> Heartbeats.Actions {
    .init(
      say: { log.add("\(rank): \($0)") }, abort: { log.add("\(rank) aborts") }, exit: { log.add("\(rank) exits") })
  }

  @Test func `ranks that live and leave one after the other have nothing to say`() throws {
    let log = Log()
    let deadlines = HeartbeatDeadlines { $0 == "VLM_DIST_SILENCE_SECONDS" ? "3" : nil }
    try LocalCommunicator.run(ranks: 3) { communicator in
      let heartbeats = try Heartbeats.start(
        communicator, folder: "/nowhere", deadlines: deadlines, recorder: FlightRecorder(),
        actions: Self.actions(communicator.rank, log))
      try #require(heartbeats != nil)
      // The last one is alone for longer than a silence may last.
      usleep([5_000_000, 4_500_000, 500_000][communicator.rank])
      heartbeats?.stop()
    }
    #expect(log.all == [])
  }

  @Test func `a rank that is silent right after the start is missed by all, and they write down why`() throws {
    let (log, folder) = (Log(), FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path)
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    var short = HeartbeatDeadlines { $0 == "VLM_DIST_SILENCE_SECONDS" ? "3" : nil }
    short.abort = 2
    let deadlines = short
    try LocalCommunicator.run(ranks: 4) { communicator in
      // A thread that is held up where it reads the clock is as silent as one that was stopped.
      let recorder = FlightRecorder { [rank = communicator.rank] in
        while rank == 2, log.isHeldUp { usleep(5000) }
        return MonotonicClock.nanoseconds()
      }
      recorder.enter("step", step: 9)
      recorder.operation("gather", bytes: 8) {}
      _ = try Heartbeats.start(
        communicator, folder: folder + "/flight", deadlines: deadlines, recorder: recorder,
        actions: Self.actions(communicator.rank, log))
      if communicator.rank == 2 { log.holdUp(true) }
      // Until rank 0 has ended the run, and the others have given up waiting for that.
      let end = ContinuousClock.now + .seconds(60)
      while log.all.count(where: { $0.hasSuffix(" exits") }) < 3, ContinuousClock.now < end { usleep(5000) }
    }
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: folder + "/flight").sorted()
        == [0, 1, 3].map { "rank-\($0).json" })
    log.holdUp(false)
    let sentences = log.all.filter { $0.contains(" has been silent for ") }
    #expect(sentences.count == 1 && sentences[0].hasPrefix("0: rank 2 on \(Launch.hostName) has been silent for "))
    #expect(
      sentences[0].contains("(step 9, step; last operation: gather 1, 8 bytes, done); the run is ended, the last"))
    #expect(log.all.filter { $0.hasSuffix("aborts") } == ["0 aborts"])
  }

  @Test func `one rank alone has no heartbeats`() throws {
    let log = Log()
    let alone = try Heartbeats.start(
      LocalCommunicator.alone(), folder: "/nowhere", deadlines: HeartbeatDeadlines(),
      actions: Self.actions(0, log))
    #expect(alone == nil && log.all == [])
  }
}
