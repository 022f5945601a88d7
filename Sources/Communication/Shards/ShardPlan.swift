/// Which floats of a stage's flat buffer each rank updates, and keeps the optimizer's moments of.
///
/// Shards begin and end at multiples of a block. The squares of a gradient are summed block by block, so that its norm
/// has the same bits however the blocks are dealt out.
public struct ShardPlan: Equatable, Sendable {
  /// Floats of a block, where nothing else is asked for.
  public static let blockFloats = 1 << 14

  /// Floats of the flat buffer.
  public let count: Int
  public let block: Int
  /// How the ranks lie on hosts.
  public let layout: HostLayout
  /// Whether every float has one rank in all; if not, it has one on every host.
  public let isOverHosts: Bool
  /// Whether a rank keeps sums of gradients for its shard alone.
  public let shardsGradients: Bool
  /// Gradients are exchanged in these parts; together all of the flat buffer, in ascending order.
  let buckets: [Range<Int>]
  private let ranges: [[Range<Int>]]

  /// - Parameters:
  ///   - bucketBoundaries: offsets from 0 up to the number of floats, as the reducer takes them; those between are
  ///     multiples of `block`.
  ///   - isOverHosts: whether moments are dealt out over all ranks (ZeRO-1); if not, over those of each host.
  ///   - shardsGradients: whether gradients are too (ZeRO-2).
  public init(
    bucketBoundaries: [Int], layout: HostLayout, isOverHosts: Bool, shardsGradients: Bool = false,
    block: Int = ShardPlan.blockFloats
  ) {
    precondition(isOverHosts || !shardsGradients, "ShardPlan: gradients without moments")
    let buckets = zip(bucketBoundaries, bucketBoundaries.dropFirst()).map { $0..<$1 }
    precondition(
      bucketBoundaries.first == 0 && bucketBoundaries.dropLast().allSatisfy { $0 % block == 0 } && block > 0,
      "ShardPlan: boundaries \(bucketBoundaries) in blocks of \(block)")
    count = bucketBoundaries.last ?? 0
    self.block = block
    self.layout = layout
    self.isOverHosts = isOverHosts
    self.shardsGradients = shardsGradients && layout.ranks > 1
    self.buckets = buckets
    var ranges = [[Range<Int>]](repeating: [], count: layout.ranks)
    for rank in 0..<layout.ranks {
      let host = layout.host(of: rank)
      if isOverHosts {
        for bucket in buckets {
          let slices = BucketSlices(bucket: bucket, layout: layout, block: block)
          for piece in slices.pieces(of: host, for: rank) { ranges[rank].append(joining: piece.range) }
        }
      } else {
        let blocks = (count + block - 1) / block
        let (place, ranks) = (layout.hosts[host].firstIndex(of: rank) ?? 0, layout.hosts[host].count)
        let own = blocks * place / ranks * block..<min(count, blocks * (place + 1) / ranks * block)
        if !own.isEmpty { ranges[rank] = [own] }
      }
    }
    self.ranges = ranges
  }

  /// What `rank` updates: ascending, with gaps between.
  public func ranges(of rank: Int) -> [Range<Int>] { ranges[rank] }

  /// What `rank` saves of it, so that all ranks together save every float once.
  public func savedRanges(of rank: Int) -> [Range<Int>] {
    guard !isOverHosts else { return ranges[rank] }
    let (host, hosts) = (layout.host(of: rank), layout.hosts.count)
    let turn = count * host / hosts..<count * (host + 1) / hosts
    return ranges[rank].map { $0.clamped(to: turn) }.filter { !$0.isEmpty }
  }
}

extension [Range<Int>] {
  /// Appends a range that lies behind the others; one that begins where the last one ends makes that longer.
  fileprivate mutating func append(joining range: Range<Int>) {
    if let last, last.upperBound == range.lowerBound {
      self[count - 1] = last.lowerBound..<range.upperBound
    } else {
      append(range)
    }
  }
}
