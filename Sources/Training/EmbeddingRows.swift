import Autograd
import Communication

/// The gradients of the rows that a step looks up in an embedding that is the head's weight as well. They come at the end of
/// a backward walk, the head's at its beginning: summed apart, they do not hold that up, which is a large part of all.
final class EmbeddingRows {
  private let lookups: LookupGradient
  /// Where the table begins in the flat buffer, and floats of a row.
  private let (table, width): (Int, Int)
  private let reducer: GradientReducer
  private let communicator: any Communicator
  /// Takes every host's shards of the rows to all hosts, where each micro-batch goes over the ranks by itself.
  private let gather: ShardGather?
  private let team: HostTeam
  /// The rows that any rank looks up in this step, ascending.
  private var rows: [Int32] = []
  /// Seconds that the micro-batches of this step have waited for other ranks.
  var waitedSeconds: Double { reducer.waitedSeconds }

  /// Collective. Nil where the stage trains no such table. `shards`: as the rest of the gradient is dealt out.
  init?(
    _ parameters: StageParameters, shards: ShardPlan, team: HostTeam, communicator: any Communicator, leaves: Int,
    wire: Communication.GradientWire
  ) throws {
    guard let shared = parameters.sharedTable else { return nil }
    lookups = shared.lookups
    table = shared.entry.offset
    width = shared.entry.parameter.count / shared.entry.parameter.shape[0]
    self.communicator = communicator
    self.team = team
    let count = shared.entry.parameter.count
    let boundaries = Array(stride(from: 0, to: count, by: parameters.bucketFloats)) + [count]
    // The sum is wanted whole; but who computes which micro-batch must be as for all else.
    let plan = ShardPlan(
      bucketBoundaries: boundaries, layout: team.layout, isOverHosts: shards.shardsGradients,
      shardsGradients: shards.shardsGradients, block: shards.block)
    gather = shards.shardsGradients ? ShardGather(plan, communicator) : nil
    reducer = try GradientReducer(
      communicator: communicator, floatCount: count, bucketBoundaries: boundaries,
      leaves: leaves, shards: plan, overlaps: false, wire: wire)
  }

  /// Collective. Before a step over `leaves`; `tokens`: of all micro-batches of this rank.
  func begin(tokens: [Int32], leaves: Int) throws {
    let own = Set(tokens).sorted()
    rows = own
    if communicator.size > 1 {
      let all = try communicator.allGather(numbers: own.map(Double.init))
      rows = Set(all.joined().map { Int32($0) }).sorted()
    }
    lookups.begin(rows: rows)
    reducer.begin(leaves: leaves, floats: rows.count * width)
  }

  /// To be called before each micro-batch.
  func beginLeaf() { unsafe lookups.base = reducer.leafBuffer.baseAddress }

  /// To be called after each micro-batch.
  func finishLeaf() throws {
    try reducer.finishLeaf()
    unsafe lookups.base = nil
  }

  /// To be called after the last micro-batch.
  func finishLeaves() throws { try reducer.finishLeaves() }

  /// Collective. Adds the sums of the rows to `gradient`, addressed like the flat buffer, as far as they lie in `ranges`,
  /// which are ascending, and no other rank of the host reads.
  func add(to gradient: UnsafeMutablePointer<Float>, in ranges: [Range<Int>]) throws {
    guard let sum = try unsafe reducer.wait().baseAddress else { return }
    if let gather {
      try unsafe gather(sum, floats: rows.count * width)
      try team.meet()
    }
    let starts = rows.map { table + Int($0) * width }
    forEachCommonRange(starts.lazy.map { $0..<$0 + self.width }, ranges) { place, common in
      unsafe Communication.add(
        sum + place * width + common.lowerBound - starts[place], to: gradient + common.lowerBound, count: common.count)
    }
  }
}
