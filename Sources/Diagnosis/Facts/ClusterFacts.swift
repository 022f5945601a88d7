import Communication

/// All that rank 0 has gathered: what the findings follow from.
public struct ClusterFacts: Equatable, Sendable {
  /// In rank order.
  public var ranks: [RankFacts]
  /// Of each host, against that of rank 0; nil for rank 0's own.
  public var clocks: [ClockOffset?]
  /// Each pair of hosts in both directions.
  public var links: [Link]
  /// Ranks that cannot share memory with a rank of their host.
  public var sharing: [SharingFault]
  /// Nil where no run directory was named.
  public var folder: FolderFacts?
  /// The run directory, or where it is looked for.
  public var directory: String
  /// The ranks of each host.
  public let layout: HostLayout

  /// With nothing gathered yet but what the ranks know of themselves; `ranks` is not empty.
  public init(ranks: [RankFacts], directory: String) {
    self.ranks = ranks
    self.directory = directory
    layout = HostLayout(names: ranks.map(\.hostKey))
    clocks = Array(repeating: nil, count: layout.hosts.count)
    links = []
    sharing = []
  }

  /// The ranks of host number `host`.
  public func ranks(ofHost host: Int) -> [RankFacts] { layout.hosts[host].map { ranks[$0] } }

  /// What the first rank of each host says of it.
  public var hosts: [RankFacts] { layout.hosts.map { ranks[$0[0]] } }

  /// The host's name; with the first rank where another host has the same name, as containers may.
  public func name(ofHost host: Int) -> String {
    let (name, all) = (hosts[host].host, hosts.map(\.host))
    return all.filter { $0 == name }.count == 1 ? name : "\(name) (rank \(layout.hosts[host][0]))"
  }

  /// Names of all hosts.
  public var hostNames: [String] { layout.hosts.indices.map(name(ofHost:)) }

  /// Numbers of hosts that are one machine, as containers may be, in order.
  var machines: [[Int]] {
    let keys = hosts.enumerated().map { $1.machine.boot.isEmpty ? "host \($0)" : $1.machine.boot }
    return HostLayout(names: keys).hosts
  }

  /// Whether a host did not answer another one.
  public var hasDeadLinks: Bool { links.contains { $0.bytesPerSecond == nil } }
}
