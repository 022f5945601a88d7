/// How one bucket of the flat buffer is shared out: a slice per host, finished there, and each slice in shares, one for
/// each rank of the host that has most. Between hosts a share travels in pieces, so that a piece is added up while the
/// next one comes in. A short bucket of few hosts is the slice of each of them: see `ReductionPlan.isExchangedWhole`.
struct BucketSlices {
  /// Floats of a piece, 256 KB, where that makes no more than `mostPieces` of a slice.
  static let pieceFloats = 1 << 16
  static let mostPieces = 256
  /// Floats that a share has at least, 16 KB: to hand over less takes longer than to add it up.
  static let leastShareFloats = 1 << 12
  /// A cache line: no two ranks write to one.
  static let line = 16

  let bucket: Range<Int>
  let layout: HostLayout
  /// Whether every host finishes all of it.
  let isWhole: Bool
  /// Cuts lie on multiples of it in the flat buffer.
  let grain: Int

  init(bucket: Range<Int>, layout: HostLayout, isWhole: Bool = false) {
    self.bucket = bucket
    self.layout = layout
    self.isWhole = isWhole
    grain = Self.line
  }

  init(bucket: Range<Int>, layout: HostLayout, plan: ReductionPlan) {
    self.init(
      bucket: bucket, layout: layout,
      isWhole: plan.isExchangedWhole(floats: bucket.count, hosts: layout.hosts.count))
  }

  /// Slices and shares that are always the same ranks': the shards of `block` floats and multiples of it.
  init(bucket: Range<Int>, layout: HostLayout, block: Int) {
    self.bucket = bucket
    self.layout = layout
    isWhole = false
    grain = block
  }

  /// Floats that a share has at least.
  private var leastShare: Int { grain == Self.line ? Self.leastShareFloats : grain }

  /// A piece: its number in the slice, what it covers, and its share, which says whose work it is.
  struct Piece: Equatable {
    let number: Int
    let range: Range<Int>
    let share: Int
  }

  /// The floats that host `host` finishes.
  func slice(of host: Int) -> Range<Int> { isWhole ? bucket : part(host, of: layout.hosts.count, bucket) }

  /// The rank of `host` that works on `share` of whichever slice.
  func worker(of share: Int, on host: Int) -> Int { layout.hosts[host][share % layout.hosts[host].count] }

  /// The pieces of a host's slice, those of the first share first. Empty ones are left out, but keep their numbers.
  func pieces(of host: Int) -> [Piece] {
    let slice = slice(of: host)
    let shares = max(1, min(layout.mostRanksOfAHost, slice.count / leastShare, Self.mostPieces))
    let perShare =
      layout.hosts.count == 1 ? 1 : max(1, min(Self.mostPieces / shares, slice.count / shares / Self.pieceFloats))
    var pieces: [Piece] = []
    for share in 0..<shares {
      let whole = part(share, of: shares, slice)
      for index in 0..<perShare {
        let range = part(index, of: perShare, whole)
        if !range.isEmpty { pieces.append(Piece(number: share * perShare + index, range: range, share: share)) }
      }
    }
    return pieces
  }

  /// The pieces of `host`'s slice that are the work of `rank`, on whichever host that is.
  func pieces(of host: Int, for rank: Int) -> [Piece] {
    let here = layout.host(of: rank)
    return pieces(of: host).filter { worker(of: $0.share, on: here) == rank }
  }

  private func part(_ index: Int, of count: Int, _ range: Range<Int>) -> Range<Int> {
    func cut(_ index: Int) -> Int {
      guard index > 0 else { return range.lowerBound }
      guard index < count else { return range.upperBound }
      return max(range.lowerBound, (range.lowerBound + range.count * index / count) / grain * grain)
    }
    return cut(index)..<cut(index + 1)
  }
}
