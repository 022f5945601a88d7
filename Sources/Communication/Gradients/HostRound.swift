import Profiling

/// The sum of one bucket where all ranks share a host: nothing is sent.
///
/// A share of a short bucket is whoever's takes it first. A rank that has no core at the moment holds nobody up; the last
/// one to come finds all ready and adds it up. Those of a long bucket are fixed: each rank touches the same memory in each
/// step.
struct HostRound: Round {
  let bytesSent = 0
  let underWay: [Transfer] = []
  private(set) var isComplete = false

  private let setting: BucketRound.Setting
  private let group: HostGroup
  private let number: UInt64
  private let pieces: [BucketSlices.Piece]
  /// Whether shares are taken, not fixed.
  private let isShort: Bool
  private(set) var partsDone = 0

  /// `number`: of the bucket, over all steps. Rounds of a rank follow each other, in this order.
  init(_ number: UInt64, bucket: Range<Int>, group: HostGroup, _ setting: BucketRound.Setting) {
    self.setting = setting
    self.group = group
    self.number = number
    isShort = bucket.count <= GradientReducer.shortFloats
    let all = BucketSlices(bucket: bucket, layout: group.layout).pieces(of: 0)
    // Each rank begins with its own.
    let first = min(group.index, all.count)
    pieces = isShort ? Array(all[first...] + all[..<first]) : all.filter { $0.share == group.index }
  }

  mutating func advance(isReady: Bool) -> Bool {
    guard isReady else { return false }
    for piece in pieces where !isShort || group.take(share: piece.share, of: number) {
      let span = Profile.operation("bucket summed over ranks")
      setting.sums.world(piece.range, inputs: setting.partials, outputs: setting.results)
      span.end()
      partsDone += 1
    }
    isComplete = true
    return true
  }
}
