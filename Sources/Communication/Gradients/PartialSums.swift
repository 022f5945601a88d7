/// The partial sums that holders of neighbouring ranges of leaves bring, in leaf order, and the additions that the tree
/// allows among them.
struct PartialSums: Equatable, Sendable {
  /// `target += source`, positions in the list of partial sums.
  struct Addition: Equatable, Sendable {
    var target: Int
    var source: Int
  }

  /// Which holder brings each partial sum.
  let holders: [Int]
  /// In the order in which they are to be done.
  let additions: [Addition]
  /// The positions that are left then, in leaf order.
  let remaining: [Int]

  /// `ranges`: the leaves of holder `first`, `first` + 1, ..., without gaps between them.
  init(_ ranges: [Range<Int>], first: Int = 0, tree: SummationTree) {
    var holders: [Int] = []
    var additions: [Addition] = []
    var counter = BinaryCounter(tree: tree)
    var pending: [Int] = []
    for (holder, range) in ranges.enumerated() {
      for node in tree.nodes(in: range) {
        pending.append(holders.count)
        holders.append(first + holder)
        for _ in 0..<counter.push(node) {
          let source = pending.removeLast()
          additions.append(Addition(target: pending[pending.count - 1], source: source))
        }
      }
    }
    self.holders = holders
    self.additions = additions
    remaining = pending
  }
}
