/// How one rank takes part in a sum over a given number of leaves: pure arithmetic on rank, host and leaf numbers.
///
/// Partial sums are added up among the ranks of a host first, then among hosts. Both are parts of one tree. A step may sum
/// its leaves in several parts; what comes of one is carried to the next.
struct ReductionPlan: Equatable, Sendable {
  let tree: SummationTree
  let ownLeaves: Range<Int>
  /// The partial sums of this host's ranks; holders are places among them.
  let host: PartialSums
  /// What is left of each host, added up among hosts; holders are numbers of hosts. Before them comes what is carried,
  /// its holder is -1: whoever finishes a piece has that of the piece. In the last part the sum ends up at position 0.
  let world: PartialSums
  /// Partial sums that earlier parts have left.
  let carriedCount: Int
  /// Whether all leaves are summed then.
  let isLast: Bool
  /// Which of `world.holders` are this host.
  let ownPositions: Range<Int>

  init(leaves: Int, layout: HostLayout, rank: Int) {
    self.init(part: 0..<leaves, of: leaves, layout: layout, rank: rank)
  }

  /// `part`: the leaves to be dealt out and added up; those before them were.
  init(part: Range<Int>, of leaves: Int, layout: HostLayout, rank: Int) {
    let partition = LeafPartition(leaves: part.count, ranks: layout.ranks)
    func range(of rank: Int) -> Range<Int> {
      let range = partition.range(of: layout.position(of: rank))
      return part.lowerBound + range.lowerBound..<part.lowerBound + range.upperBound
    }
    let hosts = layout.hosts.map { ranks in
      let (first, last) = (range(of: ranks[0]), range(of: ranks[ranks.count - 1]))
      return first.lowerBound..<last.upperBound
    }
    let here = layout.host(of: rank)
    let tree = SummationTree(leaves: leaves)
    let world = PartialSums([0..<part.lowerBound] + hosts, first: -1, tree: tree)
    self.tree = tree
    carriedCount = world.holders.count { $0 < 0 }
    isLast = part.upperBound == leaves
    self.world = world
    ownLeaves = range(of: rank)
    host = PartialSums(layout.hosts[here].map(range(of:)), tree: tree)
    let first = world.holders.firstIndex(of: here) ?? world.holders.count
    ownPositions = first..<first + world.holders.count { $0 == here }
    precondition(host.remaining.count == ownPositions.count, "ReductionPlan: \(host) in \(world)")
  }

  /// How many partial sums come from other hosts.
  var remoteCount: Int { world.holders.count - carriedCount - ownPositions.count }

  /// Which partial sum of other hosts is at `position`, counted from 0.
  func remoteNumber(_ position: Int) -> Int {
    position - carriedCount - (position < ownPositions.lowerBound ? 0 : ownPositions.count)
  }

  /// Whether hosts send their partial sums of a bucket of `floats` to all others, and each finishes the tree: one round of
  /// messages instead of two. The same on every rank, and the same bits.
  ///
  /// So if the bucket is at most `mostFloatsWhole`, and a host sends at most `mostFloatsMore` more than in two rounds: what
  /// 1 Gb/s carries in the time of a round. On two hosts that have a partial sum each it is never more.
  func isExchangedWhole(floats: Int, hosts: Int) -> Bool {
    guard hosts > 1, floats <= Self.mostFloatsWhole else { return false }
    let (hosts, partials) = (Double(hosts), Double(world.holders.count))
    let others = (hosts - 1) / hosts
    return Double(floats) * others * (partials * others - 1) <= Double(Self.mostFloatsMore)
  }

  /// 256 KB.
  static let mostFloatsWhole = 1 << 16
  /// 16 KB.
  static let mostFloatsMore = 1 << 12

  /// Bytes that cross the network for one byte of gradient on each of the hosts' ways, before all have the sum, over those
  /// of a ring: 1 where the leaves of every host are one aligned subtree.
  func scatterExcess(hosts: Int) -> Double {
    max(1, Double(world.holders.count - carriedCount) / Double(hosts))
  }

  /// The same for all parts of a step, and the way of the sum back to all hosts.
  static func excess(_ parts: [ReductionPlan], hosts: Int) -> Double {
    guard hosts > 1 else { return 1 }
    return (parts.reduce(0) { $0 + $1.scatterExcess(hosts: hosts) } + 1) / 2
  }
}
