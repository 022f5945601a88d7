import Glibc
import Synchronization

/// Heartbeats beside MPI: each rank's thread tells rank 0 once a second that it lives and how far it is, and rank 0
/// answers. MPI itself notices neither a rank that was stopped nor, for minutes, a link that is dead: it waits.
///
/// When a rank falls silent, or none gets on any more, every rank that still lives writes its last operations down
/// (`FlightRecord`), one says which rank is to blame, and the run is ended. The beats are UDP between rank 0 and the others,
/// to whichever of rank 0's addresses answers: nothing has to be configured, and hosts may be network namespaces.
public final class Heartbeats: Sendable {
  /// The exit code of a run that was given up because a rank was lost: started again, it goes on from its checkpoint.
  public static let exitCode: Int32 = 76

  /// What is done with what is found.
  public struct Actions: Sendable {
    /// A sentence for the user.
    let say: @Sendable (String) -> Void
    /// Ends all ranks; may never return, and may return without having ended anything.
    let abort: @Sendable () -> Void
    /// Ends this process at once.
    let exit: @Sendable () -> Void

    public init(
      say: @escaping @Sendable (String) -> Void, abort: @escaping @Sendable () -> Void,
      exit: @escaping @Sendable () -> Void
    ) {
      (self.say, self.abort, self.exit) = (say, abort, exit)
    }
  }

  /// Seconds that ranks have to hear of each other before the run begins without that.
  static let meetingSeconds = 3.0
  /// Seconds that a rank takes at most to write its last operations down.
  private static let recordSeconds = 2.0
  /// Seconds between beats until they have.
  private static let meetingInterval = 0.1

  private let rank: Int
  private let host: String
  private let folder: String
  private let run: UInt64
  private let rankZero: [Endpoint]
  private let socket: DatagramSocket
  private let recorder: FlightRecorder
  private let deadlines: HeartbeatDeadlines
  private let actions: Actions
  private let state: Mutex<State>
  private let isLeaving = Atomic<Bool>(false)
  private let hasLeft = Atomic<Bool>(false)

  private struct State {
    var ledger: HeartbeatLedger
    /// Where to reach whom: on rank 0 the others, elsewhere rank 0.
    var endpoints: [Int: Endpoint] = [:]
  }

  /// Collective. Nil where there is nobody to listen to, or no socket to do it with, which rank 0 is told.
  /// - Parameter folder: where a rank's last operations are written to: `RUN/flight`.
  public static func start(
    _ communicator: any Communicator, folder: String, deadlines: HeartbeatDeadlines,
    recorder: FlightRecorder = .shared, actions: Actions
  ) throws(CommunicationError) -> Heartbeats? {
    guard communicator.size > 1 else { return nil }
    let socket = DatagramSocket()
    let failures = try communicator.allAgree(max: socket == nil ? 1 : 0)
    guard failures == 0, let socket else {
      socket?.close()
      if communicator.rank == 0 { actions.say("no UDP socket on some host: a rank that hangs will not be noticed") }
      return nil
    }
    let hosts = try communicator.allGather(Launch.hostName)
    var call: [UInt8] = []
    if communicator.rank == 0 {
      var random = SystemRandomNumberGenerator()
      call = littleEndianBytes(of: Int(bitPattern: UInt(random.next() as UInt64)))
      call += hostAddresses().flatMap { Endpoint(address: $0, port: socket.port).bytes }
    }
    try communicator.broadcast(&call, from: 0)
    let heartbeats = Heartbeats(
      rank: communicator.rank, hosts: hosts, folder: folder, run: UInt64(bitPattern: Int64(integer(at: 0, of: call))),
      rankZero: Endpoint.list(Array(call[8...])), socket: socket, recorder: recorder, deadlines: deadlines,
      actions: actions)
    try BackgroundThread { heartbeats.beat() }.detach()
    heartbeats.meet()
    return heartbeats
  }

  private init(
    rank: Int, hosts: [String], folder: String, run: UInt64, rankZero: [Endpoint], socket: DatagramSocket,
    recorder: FlightRecorder, deadlines: HeartbeatDeadlines, actions: Actions
  ) {
    self.rank = rank
    host = hosts[rank]
    self.folder = folder
    self.run = run
    self.rankZero = rankZero
    self.socket = socket
    self.recorder = recorder
    self.deadlines = deadlines
    self.actions = actions
    let peers = rank == 0 ? Array(hosts.indices.dropFirst()) : [0]
    state = Mutex(
      State(
        ledger: HeartbeatLedger(
          hosts: peers.map { ($0, hosts[$0]) }, deadlines: deadlines, now: MonotonicClock.seconds())))
  }

  /// This rank leaves in good order: its silence means nothing from now on. Returns when its thread has ended.
  public func stop() {
    isLeaving.store(true, ordering: .releasing)
    while !hasLeft.load(ordering: .acquiring) { usleep(1000) }
  }

  /// Waits until all have heard each other, so that a rank can be missed from now on; where no datagram gets through,
  /// only so long as a user does not mind.
  private func meet() {
    let end = MonotonicClock.seconds() + Self.meetingSeconds
    while MonotonicClock.seconds() < end, !state.withLock({ $0.ledger.hasHeardAll }) { usleep(2000) }
  }

  private var own: Heartbeat { Heartbeat(kind: .beat, rank: rank, run: run, position: recorder.position) }

  /// The thread.
  private func beat() {
    let began = MonotonicClock.seconds()
    var next = began
    while !isLeaving.load(ordering: .acquiring) {
      let now = MonotonicClock.seconds()
      if now >= next {
        send(own)
        let verdicts = state.withLock { $0.ledger.look(own: rank == 0 ? own : nil, ownHost: host, now: now) }
        for verdict in verdicts {
          switch verdict {
          case .warning(let sentence): actions.say(sentence)
          case .lost(let sentence):
            giveUp(sentence)
            return
          }
        }
        let isMeeting = now - began < Self.meetingSeconds && !state.withLock { $0.ledger.hasHeardAll }
        next = max(next + (isMeeting ? Self.meetingInterval : deadlines.interval), now)
      }
      // Short waits, so that `stop` need not wait long.
      if let beat = receive(within: min(0.1, max(0, next - MonotonicClock.seconds()))), beat.kind == .ending {
        writeRecord(beat.operation)
        // Rank 0 ends all; this is for the case that it cannot.
        pauseThenExit()
        return
      }
    }
    // Three, because one may get lost.
    for _ in 0..<3 { send(Heartbeat(kind: .leaving, rank: rank, run: run)) }
    socket.close()
    hasLeft.store(true, ordering: .releasing)
  }

  private func receive(within seconds: Double) -> Heartbeat? {
    guard let (bytes, from) = socket.receive(within: seconds), let beat = Heartbeat(bytes), beat.run == run else {
      return nil
    }
    let now = MonotonicClock.seconds()
    let isNew = state.withLock { state in
      defer { state.endpoints[beat.rank] = from }
      state.ledger.hear(beat, now: now)
      return state.endpoints[beat.rank] == nil
    }
    // It waits for the answer.
    if isNew, rank == 0 { socket.send(own.bytes, to: from) }
    return beat
  }

  /// Rank 0 sends to all that it has heard; the others to rank 0, at all its addresses until it has answered from one.
  private func send(_ beat: Heartbeat) {
    let known = state.withLock { Array($0.endpoints.values) }
    let bytes = beat.bytes
    for endpoint in known.isEmpty && rank != 0 ? rankZero : known { socket.send(bytes, to: endpoint) }
  }

  /// Tells the others, writes down, says why, and ends the run.
  private func giveUp(_ sentence: String) {
    if rank == 0 {
      for _ in 0..<3 { send(Heartbeat(kind: .ending, rank: 0, run: run, reason: sentence)) }
    }
    let isWritten = writeRecord(sentence)
    // All write; and where rank 0 is lost, the next one says so, not each of them.
    usleep(rank == 0 ? 500_000 : 500_000 + UInt32(min(rank - 1, 50)) * 200_000)
    let record =
      isWritten ? "the last operations of the ranks are in \(folder)" : "\(folder) could not be written within 2 s"
    actions.say("\(sentence); the run is ended, \(record); start it again to go on from its last checkpoint")
    let abort = actions.abort
    (try? BackgroundThread { abort() })?.detach()
    pauseThenExit()
  }

  /// Whether the record was there in time: a file server that hangs, perhaps the reason for all this, must not keep the
  /// run from ending.
  @discardableResult
  private func writeRecord(_ reason: String) -> Bool {
    let record = FlightRecord(
      rank: rank, host: host, reason: reason, position: recorder.position, operations: recorder.operations,
      now: MonotonicClock.nanoseconds())
    let writing = try? BackgroundTask { [folder] in record.write(into: folder) }
    guard let writing, writing.isDone(within: Self.recordSeconds) else { return false }
    return (try? writing.wait()) ?? false
  }

  private func pauseThenExit() {
    usleep(UInt32(deadlines.abort * 1e6))
    actions.exit()
    hasLeft.store(true, ordering: .releasing)
  }
}
