/// How one rank takes part in a sum over a given number of leaves: pure arithmetic on rank, host and leaf numbers.
///
/// Partial sums are added up among the ranks of a host first, then among hosts. Both are parts of one tree.
struct ReductionPlan: Equatable, Sendable {
  let tree: SummationTree
  let ownLeaves: Range<Int>
  /// The partial sums of this host's ranks; holders are places among them.
  let host: PartialSums
  /// What is left of each host, added up among hosts; holders are numbers of hosts. The sum ends up at position 0.
  let world: PartialSums
  /// Which of `world.holders` are this host.
  let ownPositions: Range<Int>

  init(leaves: Int, layout: HostLayout, rank: Int) {
    let partition = LeafPartition(leaves: leaves, ranks: layout.ranks)
    func range(of rank: Int) -> Range<Int> { partition.range(of: layout.position(of: rank)) }
    let hosts = layout.hosts.map { ranks in
      let (first, last) = (range(of: ranks[0]), range(of: ranks[ranks.count - 1]))
      return first.lowerBound..<last.upperBound
    }
    let here = layout.host(of: rank)
    let tree = SummationTree(leaves: leaves)
    let world = PartialSums(hosts, tree: tree)
    self.tree = tree
    self.world = world
    ownLeaves = range(of: rank)
    host = PartialSums(layout.hosts[here].map(range(of:)), tree: tree)
    let first = world.holders.firstIndex(of: here) ?? world.holders.count
    ownPositions = first..<first + world.holders.count { $0 == here }
    precondition(host.remaining.count == ownPositions.count, "ReductionPlan: \(host) in \(world)")
  }

  /// How many partial sums come from other hosts.
  var remoteCount: Int { world.holders.count - ownPositions.count }

  /// Bytes that cross the network for one byte of gradient, over those that a ring of hosts would send: 1 where the
  /// leaves of every host are one aligned subtree.
  func excess(hosts: Int) -> Double {
    guard hosts > 1 else { return 1 }
    let partials = Double(world.holders.count) / Double(hosts)
    return (max(1, partials) + 1) / 2
  }
}
