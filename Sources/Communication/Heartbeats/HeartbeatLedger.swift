/// What a rank has heard of its peers, and what follows from it. Knows no clock and no network: every call says when it is.
struct HeartbeatLedger {
  /// A peer as it was last heard.
  struct Peer {
    let rank: Int
    let host: String
    var heard: Double?
    var last: Heartbeat?
    var hasLeft = false
    var wasWarned = false
  }

  enum Verdict: Equatable {
    /// To be told once; the run goes on.
    case warning(String)
    /// The run cannot go on; the sentence says which rank is to blame.
    case lost(String)
  }

  private(set) var peers: [Peer]
  private let deadlines: HeartbeatDeadlines
  private let began: Double
  private var looked: Double
  private var toldUnheard = false

  /// - Parameter hosts: names of the peers' hosts by rank.
  init(hosts: [(rank: Int, host: String)], deadlines: HeartbeatDeadlines, now: Double) {
    peers = hosts.map { Peer(rank: $0.rank, host: $0.host) }
    self.deadlines = deadlines
    began = now
    looked = now
  }

  var hasHeardAll: Bool { peers.allSatisfy { $0.heard != nil || $0.hasLeft } }

  mutating func hear(_ beat: Heartbeat, now: Double) {
    guard let place = peers.firstIndex(where: { $0.rank == beat.rank }) else { return }
    if beat.kind == .leaving { peers[place].hasLeft = true }
    guard beat.kind == .beat else { return }
    if beat.count != peers[place].last?.count { peers[place].wasWarned = false }
    peers[place].heard = now
    peers[place].last = beat
  }

  /// Called about once an interval. `own`: this rank's own beat, where it is judged with the others for its progress.
  mutating func look(own: Heartbeat?, ownHost: String, now: Double) -> [Verdict] {
    forgiveOwnAbsence(now)
    let silent = peers.filter { !$0.hasLeft && now - ($0.heard ?? now) > deadlines.silence }
    if !silent.isEmpty { return [.lost(Self.sentence(silent: silent, now: now))] }
    return unheard(now) + stalled(own: own, ownHost: ownHost, now: now)
  }

  /// Who was stopped himself, or starved, has heard nobody; what came meanwhile is still to be read.
  private mutating func forgiveOwnAbsence(_ now: Double) {
    let absence = now - looked - deadlines.interval
    looked = now
    guard absence > deadlines.interval else { return }
    for place in peers.indices { peers[place].heard? += absence }
  }

  /// A network that lets no datagram through must not end a run that is well.
  private mutating func unheard(_ now: Double) -> [Verdict] {
    let ranks = peers.filter { $0.heard == nil && !$0.hasLeft }.map(\.rank)
    guard !toldUnheard, !ranks.isEmpty, now - began > 2 * deadlines.silence else { return [] }
    toldUnheard = true
    return [
      .warning(
        "no heartbeat has come from \(Self.list(ranks)): if it hangs, nobody will notice; let UDP through between the "
          + "hosts")
    ]
  }

  /// Ranks that live but do nothing. Whoever waits in an operation waits for another; the one that does not is to blame.
  private mutating func stalled(own: Heartbeat?, ownHost: String, now: Double) -> [Verdict] {
    var all = peers.compactMap { peer in
      peer.last.map {
        (beat: $0, host: peer.host, idle: Double($0.idleMilliseconds) / 1000 + now - (peer.heard ?? now))
      }
    }
    if let own { all.append((own, ownHost, Double(own.idleMilliseconds) / 1000)) }
    // Rank 0 alone sees all of them.
    guard own != nil, all.count == peers.count + 1, all.allSatisfy({ $0.beat.phase == "step" }) else { return [] }
    let median = Double(all.map(\.beat.stepMilliseconds).max() ?? 0) / 1000
    guard median > 0, let least = all.map(\.idle).min(), least > deadlines.warning(median: median) else { return [] }
    let computing = all.filter { !$0.beat.isInOperation }
    guard let culprit = (computing.isEmpty ? all : computing).min(by: { $0.beat.count < $1.beat.count }) else {
      return []
    }
    let sentence =
      "rank \(culprit.beat.rank) on \(culprit.host) has done nothing for \(Int(culprit.idle)) s "
      + "(\(Self.position(culprit.beat)))"
    if least > deadlines.stall(median: median) { return [.lost(sentence)] }
    guard let place = peers.firstIndex(where: { $0.rank == culprit.beat.rank }) ?? peers.indices.first,
      !peers[place].wasWarned
    else { return [] }
    peers[place].wasWarned = true
    return [.warning(sentence + "; a step takes \(Self.rounded(median)) s; the other ranks wait")]
  }

  private static func sentence(silent: [Peer], now: Double) -> String {
    silent.map { peer in
      "rank \(peer.rank) on \(peer.host) has been silent for \(Int(now - (peer.heard ?? now))) s"
        + (peer.last.map { " (\(position($0)))" } ?? "")
    }.joined(separator: ", ")
  }

  private static func position(_ beat: Heartbeat) -> String {
    "step \(beat.step), \(beat.phase); last operation: \(beat.operation)"
  }

  private static func list(_ ranks: [Int]) -> String {
    (ranks.count == 1 ? "rank " : "ranks ") + ranks.map(String.init).joined(separator: ", ")
  }

  private static func rounded(_ seconds: Double) -> Double { (seconds * 100).rounded() / 100 }
}
