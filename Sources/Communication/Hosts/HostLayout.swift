/// Which ranks share a host, and the order that follows from it: host after host, whatever the ranks' numbers are.
///
/// Leaves go to ranks in this order, so that the leaves of one host are neighbours in the tree and become few partial
/// sums before anything crosses the network.
public struct HostLayout: Equatable, Sendable {
  /// The ranks of each host, ascending; hosts in the order of their first ranks.
  public let hosts: [[Int]]
  private let positions: [Int]
  private let hostOf: [Int]

  /// `names`: for every rank, a text that is the same for ranks of one host alone.
  public init(names: [String]) {
    var numbers: [String: Int] = [:]
    var hosts: [[Int]] = []
    for (rank, name) in names.enumerated() {
      if let number = numbers[name] {
        hosts[number].append(rank)
      } else {
        numbers[name] = hosts.count
        hosts.append([rank])
      }
    }
    self.hosts = hosts
    var positions = [Int](repeating: 0, count: names.count)
    var hostOf = positions
    for (position, rank) in hosts.joined().enumerated() { positions[rank] = position }
    for (host, ranks) in hosts.enumerated() {
      for rank in ranks { hostOf[rank] = host }
    }
    self.positions = positions
    self.hostOf = hostOf
  }

  /// Every rank by itself: where ranks cannot share memory.
  public static func apart(ranks: Int) -> HostLayout { HostLayout(names: (0..<ranks).map(String.init)) }

  public var ranks: Int { positions.count }

  /// The place of `rank` in the order of hosts.
  public func position(of rank: Int) -> Int { positions[rank] }

  /// The number of the host of `rank`.
  public func host(of rank: Int) -> Int { hostOf[rank] }

  /// The most ranks that a host has.
  public var mostRanksOfAHost: Int { hosts.reduce(1) { max($0, $1.count) } }
}
