import Communication
import Kernels

/// The norm of a gradient that is dealt out over the ranks in shards: every rank sums the squares of its own blocks, and
/// all add the blocks up in the order of the flat buffer. The same bits on all ranks and for every number of them.
struct GradientNorm {
  private let plan: ShardPlan
  private let communicator: any Communicator

  init(_ plan: ShardPlan, _ communicator: any Communicator) {
    self.plan = plan
    self.communicator = communicator
  }

  /// Collective. Of `gradient`, addressed like the flat buffer, of which this rank's shard is read.
  func callAsFunction(_ gradient: UnsafePointer<Float>) throws -> Double {
    let own = plan.ranges(of: communicator.rank).flatMap {
      unsafe sumsOfSquares(gradient + $0.lowerBound, count: $0.count, block: plan.block)
    }
    guard communicator.size > 1 else { return own.reduce(0, +).squareRoot() }
    let all = try communicator.allGather(numbers: own)
    var blocks = [Double](repeating: 0, count: (plan.count + plan.block - 1) / plan.block)
    for (rank, sums) in all.enumerated() {
      var next = 0
      for range in plan.ranges(of: rank) {
        for start in stride(from: range.lowerBound, to: range.upperBound, by: plan.block) {
          blocks[start / plan.block] = sums[next]
          next += 1
        }
      }
    }
    return blocks.reduce(0, +).squareRoot()
  }
}
