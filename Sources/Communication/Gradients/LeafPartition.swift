/// Which leaves (micro-batches of the global batch) each rank computes: contiguous ranges, in rank order, whose sizes
/// differ by at most one. Where leaves / ranks is a power of two, every range is one aligned subtree of
/// `SummationTree`, and ranks exchange no more than a ring all-reduce would.
public struct LeafPartition: Equatable, Sendable {
  public let leaves: Int
  public let ranks: Int

  public init(leaves: Int, ranks: Int) {
    precondition(leaves > 0 && ranks > 0, "LeafPartition: \(leaves) leaves on \(ranks) ranks")
    self.leaves = leaves
    self.ranks = ranks
  }

  /// The leaves of `rank`. With fewer leaves than ranks, rank r has leaf r and the ranks beyond have none.
  public func range(of rank: Int) -> Range<Int> {
    precondition((0..<ranks).contains(rank), "LeafPartition: rank \(rank) of \(ranks)")
    let busy = min(leaves, ranks)
    guard rank < busy else { return leaves..<leaves }
    return leaves * rank / busy..<leaves * (rank + 1) / busy
  }

  /// Buffers of a gradient's size that a rank needs at most: a leaf that comes in, and the partial sums before it.
  public var mostBuffers: Int {
    (0..<min(leaves, ranks)).map { rank in
      var counter = BinaryCounter(tree: SummationTree(leaves: leaves))
      return range(of: rank).map { leaf in
        defer { counter.push(.init(level: 0, index: leaf)) }
        return counter.nodes.count + 1
      }.max() ?? 1
    }.max() ?? 1
  }

  /// Partial sums that a rank carries at most from one part of a step to the next, where each part is a leaf of every
  /// rank: as many as the tree has subtrees over the leaves so far.
  public var mostCarried: Int {
    stride(from: ranks, to: leaves, by: ranks).map(\.nonzeroBitCount).max() ?? 0
  }
}
