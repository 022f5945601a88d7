import Profiling

/// The sum of one bucket where all ranks share a host: nothing is sent, and a share of the work is whoever's takes it
/// first. A rank that has no core at the moment holds nobody up; the last one to come finds all ready and adds it up.
struct HostRound: Round {
  let bytesSent = 0
  let expectsMessages = false
  private(set) var isComplete = false

  private let setting: BucketRound.Setting
  private let group: HostGroup
  private let number: UInt64
  private let pieces: [BucketSlices.Piece]
  private(set) var partsDone = 0

  /// `number`: of the bucket, over all steps. Rounds of a rank follow each other, in this order.
  init(_ number: UInt64, bucket: Range<Int>, group: HostGroup, _ setting: BucketRound.Setting) {
    self.setting = setting
    self.group = group
    self.number = number
    let pieces = BucketSlices(bucket: bucket, layout: group.layout).pieces(of: 0)
    // Each rank begins with a share of its own, so that it touches the same memory in each step.
    let first = min(group.index, pieces.count)
    self.pieces = Array(pieces[first...] + pieces[..<first])
  }

  mutating func advance(isReady: Bool) -> Bool {
    guard isReady else { return false }
    for piece in pieces where group.take(share: piece.share, of: number) {
      let span = Profile.operation("bucket summed over ranks")
      setting.sums.world(piece.range, inputs: setting.partials, outputs: setting.results)
      span.end()
      partsDone += 1
    }
    isComplete = true
    return true
  }
}
