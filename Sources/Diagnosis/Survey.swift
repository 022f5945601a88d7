import Communication
import Foundation

/// Why there is nothing to report.
public enum SurveyError: Error, Equatable, Sendable {
  /// Rank `peer` did not answer rank 0 within so many seconds.
  case silent(peer: Int, seconds: Int)
}

extension SurveyError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .silent(let peer, let seconds):
      "rank \(peer) did not answer rank 0 within \(seconds) s: look at the firewall between their hosts "
        + "(mpirun --display-map names them), and tell mpirun which network to use (--mca btl_tcp_if_include NETWORK/BITS --mca oob_tcp_if_include NETWORK/BITS)"
    }
  }
}

/// Looks at all hosts of a job at once. All ranks take part; rank 0 gets the facts.
///
/// Until the links between all hosts are known to live, messages go between rank 0 and the others, or between the two
/// ranks of a link that is looked at: a tree of ranks would hang where a single link is dead.
public struct Survey {
  /// Seconds until a rank that does not answer counts as unreachable.
  public static let patience = 15
  /// The same for the first sign of life.
  static let firstPatience = 60
  /// Seconds for all links together, when they are not so slow that four small messages take longer.
  static let linkSeconds = 8.0
  private static let tag = 100

  /// What rank 0 lets the others know.
  private struct Plan: Codable {
    /// The first rank of each host.
    let leaders: [Int]
    let folder: FolderProbe?
  }

  /// What a rank has found out about others.
  private struct Answer: Codable {
    var links: [Link] = []
    var seesFolder = true
  }

  private let communicator: any Communicator
  private let messages: PatientMessages
  private let directory: String

  /// `directory`: where the run directory is to be.
  public init(_ communicator: any Communicator, directory: String) {
    self.communicator = communicator
    self.directory = directory
    messages = PatientMessages(communicator: communicator)
  }

  /// Collective. The facts on rank 0, nil on the others. `writes`: whether to try if all hosts see what rank 0 writes
  /// into the run directory. Throws `SurveyError` on rank 0, and what the communicator throws.
  public func facts(writes: Bool) throws -> ClusterFacts? {
    let own = RankFacts(communicator, directory: directory)
    guard communicator.rank == 0 else {
      try follow(own)
      return nil
    }
    // Ranks that begin on a busy file server have the program to read first.
    let known = try gather(own, deadline: after(Self.firstPatience), seconds: Self.firstPatience)
    var facts = ClusterFacts(ranks: known, directory: directory)
    let leaders = facts.layout.hosts.map { $0[0] }
    let probe = writes ? FolderProbe(directory: directory) : nil
    defer { probe?.remove(in: directory) }
    facts.folder = probe?.write(in: directory)
    try spread(Plan(leaders: leaders, folder: facts.folder?.fault == nil ? probe : nil))
    for (host, leader) in leaders.enumerated().dropFirst() {
      facts.clocks[host] = try heard { try ClockProbe(messages: messages).ask(leader, deadline: after(Self.patience)) }
    }
    let rounds = Tournament.rounds(players: leaders.count)
    let links = try self.links(leaders: leaders)
    let answers = try gather(Answer(links: links), deadline: after(Self.patience * (rounds.count + 2)))
    facts.links = answers.flatMap(\.links).sorted { ($0.from, $0.to) < ($1.from, $1.to) }
    facts.folder?.blindHosts = leaders.indices.filter { !answers[leaders[$0]].seesFolder }
    try spread(facts.hasDeadLinks)
    if communicator.size > 1, !facts.hasDeadLinks {
      let fault = try communicator.sharingFault()
      facts.sharing = try gather(fault, deadline: after(Self.patience)).compactMap { $0 }
    }
    return facts
  }

  /// What the other ranks do meanwhile. Rank 0 may be at work for long, and ends the job itself if it gives up.
  private func follow(_ own: RankFacts) throws {
    _ = try gather(own, deadline: .max)
    let plan = try told(Plan.self)
    var answer = Answer()
    if plan.leaders.contains(communicator.rank) {
      try ClockProbe(messages: messages).answer(0, deadline: .max)
      answer.links = try links(leaders: plan.leaders)
      if let folder = plan.folder { answer.seesFolder = folder.isSeen(in: directory, patience: 3) }
    }
    _ = try gather(answer, deadline: .max)
    let hasDeadLinks = try told(Bool.self)
    if !hasDeadLinks { _ = try gather(try communicator.sharingFault(), deadline: .max) }
  }

  /// Both directions of the links that this rank has measured. A partner may still be busy with one that does not answer, so
  /// each round has its own end, counted from the first round's beginning.
  private func links(leaders: [Int]) throws -> [Link] {
    guard let host = leaders.firstIndex(of: communicator.rank) else { return [] }
    let rounds = Tournament.rounds(players: leaders.count)
    let probe = LinkProbe(messages: messages, seconds: min(0.2, Self.linkSeconds / Double(2 * max(rounds.count, 1))))
    let start = MonotonicClock.nanoseconds()
    var found: [Link] = []
    for (number, partners) in rounds.enumerated() {
      guard let partner = partners[host] else { continue }
      let deadline = start + UInt64(Self.patience * (number + 1)) * 1_000_000_000
      var speeds: (sending: Double, receiving: Double, roundTrip: Double)?
      do {
        speeds = try probe.measure(with: leaders[partner], leads: host < partner, deadline: deadline)
      } catch is PatientMessages.Silence {
        speeds = nil
      }
      // One of the two tells.
      guard host < partner else { continue }
      found.append(Link(from: host, to: partner, bytesPerSecond: speeds?.sending, roundTrip: speeds?.roundTrip))
      found.append(Link(from: partner, to: host, bytesPerSecond: speeds?.receiving, roundTrip: speeds?.roundTrip))
    }
    return found
  }

  // MARK: Between rank 0 and the others

  /// The value of every rank in rank order on rank 0; an empty list on the others.
  private func gather<Value: Codable>(
    _ own: Value, deadline: UInt64, seconds: Int = Survey.patience
  ) throws -> [Value] {
    guard communicator.rank == 0 else {
      let bytes = Array(try JSONEncoder().encode([own]))
      try messages.sendAll(bytes, to: 0, tag: Self.tag, deadline: deadline)
      return []
    }
    return try [own]
      + (1..<max(communicator.size, 1)).map { rank in
        let bytes = try heard(seconds) { try messages.receiveAll(from: rank, tag: Self.tag, deadline: deadline) }
        return try JSONDecoder().decode([Value].self, from: Data(bytes))[0]
      }
  }

  private func spread(_ value: some Encodable) throws {
    let bytes = Array(try JSONEncoder().encode([value]))
    for rank in 1..<max(communicator.size, 1) {
      try heard { try messages.sendAll(bytes, to: rank, tag: Self.tag, deadline: after(Self.patience)) }
    }
  }

  private func told<Value: Decodable>(_: Value.Type) throws -> Value {
    let bytes = try messages.receiveAll(from: 0, tag: Self.tag, deadline: .max)
    return try JSONDecoder().decode([Value].self, from: Data(bytes))[0]
  }

  /// Rank 0 tells whoever was silent.
  private func heard<Value>(_ seconds: Int = Survey.patience, _ body: () throws -> Value) throws -> Value {
    do {
      return try body()
    } catch let silence as PatientMessages.Silence {
      throw SurveyError.silent(peer: silence.peer, seconds: seconds)
    }
  }

  private func after(_ seconds: Int) -> UInt64 {
    MonotonicClock.nanoseconds() + UInt64(seconds) * 1_000_000_000
  }
}
