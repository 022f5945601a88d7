/// The ranks of this rank's host as a team: memory that all of them see, and a place where they wait for each other.
///
/// What all ranks of a host have alike, as the weights, is there once. One thread uses a team.
public final class HostTeam {
  /// How the ranks lie on hosts. Ranks that cannot share memory each have a host of their own.
  public let layout: HostLayout
  private let communicator: any Communicator
  /// Nil for a rank that is alone.
  private let group: HostGroup?
  private var meetings: UInt64 = 0

  /// Collective.
  public init(_ communicator: any Communicator) throws(CommunicationError) {
    self.communicator = communicator
    group = communicator.size == 1 ? nil : try HostGroup(communicator)
    layout = group?.layout ?? .apart(ranks: 1)
  }

  /// Whether this rank does what one of the team has to do for all.
  public var isFirst: Bool { group.map { $0.index == 0 } ?? true }

  /// Collective over all ranks, with the same `count` on each. Floats that are zero at first, one buffer for the team; it
  /// lives as long as one of them holds it.
  public func floats(_ count: Int) throws(CommunicationError) -> FloatBuffer {
    guard let group else {
      let buffer = FloatBuffer(count: count)
      buffer.clear(count)
      return buffer
    }
    let segments = try group.share(bytes: FloatBuffer.slotBytes(count))
    return FloatBuffer(segments[0], slot: 0, count: count)
  }

  /// Returns when every rank of the team has called it; what they wrote before is seen then.
  public func meet() throws(CommunicationError) {
    guard let group else { return }
    try FlightRecorder.shared.operation("meeting of the host's ranks", bytes: 0) { () throws(CommunicationError) in
      meetings += 1
      group.publish(.done, meetings)
      while true {
        let ticket = group.doorbell.ticket
        if group.least(.done) >= meetings { return }
        try communicator.checkRunning()
        group.doorbell.sleep(since: ticket, atMost: Self.untilChecked)
      }
    }
  }

  /// How long it sleeps before it asks whether the run has ended: nobody rings then.
  private static let untilChecked: Int64 = 50_000_000
}
