/// How one rank takes part in a sum over a given number of leaves: pure arithmetic on rank and leaf numbers.
struct ReductionPlan: Equatable, Sendable {
  /// `target += source`, positions in the list of all partial sums.
  struct Addition: Equatable, Sendable {
    let target: Int
    let source: Int
  }

  let tree: SummationTree
  let ownLeaves: Range<Int>

  /// The rank that holds each partial sum, in leaf order.
  let holders: [Int]
  /// Which of `holders` are this rank.
  let ownPositions: Range<Int>
  /// The additions that finish the tree, in order; the sum ends up at position 0.
  let additions: [Addition]

  init(leaves: Int, ranks: Int, rank: Int) {
    let partition = LeafPartition(leaves: leaves, ranks: ranks)
    let tree = SummationTree(leaves: leaves)
    var holders: [Int] = []
    var additions: [Addition] = []
    var counter = BinaryCounter(tree: tree)
    var pending: [Int] = []
    for holder in 0..<ranks {
      for node in tree.nodes(in: partition.range(of: holder)) {
        pending.append(holders.count)
        holders.append(holder)
        for _ in 0..<counter.push(node) {
          let source = pending.removeLast()
          additions.append(Addition(target: pending[pending.count - 1], source: source))
        }
      }
    }
    self.tree = tree
    self.ownLeaves = partition.range(of: rank)
    self.holders = holders
    self.additions = additions
    let first = holders.firstIndex(of: rank) ?? holders.count
    ownPositions = first..<first + holders.count { $0 == rank }
  }

  /// How many partial sums come from other ranks.
  var remoteCount: Int { holders.count - ownPositions.count }
}
