/// The leaves of a step whose gradients are summed over the ranks one round after the other, as soon as they are there:
/// leaf n of each round is that of rank n. A rank then never holds more of a gradient than what is under way, and of sums
/// its own shard (ZeRO-2); the price is that every round crosses the network.
final class LeafRounds {
  /// Of each round.
  private(set) var plans: [ReductionPlan] = []
  /// The round that the current leaf belongs to.
  private(set) var current = 0
  /// By turns: while one round is summed, the next leaf's gradient comes in.
  private let buffers: [FloatBuffer]
  private let layout: HostLayout
  private let rank: Int

  /// `newBuffer`: makes a buffer that is zero, and zero again whenever its round is over.
  init(layout: HostLayout, rank: Int, newBuffer: () -> FloatBuffer) {
    self.layout = layout
    self.rank = rank
    buffers = [newBuffer(), newBuffer()]
  }

  /// Where the current leaf goes.
  var leaf: FloatBuffer { buffers[current % 2] }

  var isComplete: Bool { current == plans.count }

  func begin(leaves: Int) {
    if plans.first?.tree.leaves != leaves { plans = Self.plans(of: leaves, layout: layout, rank: rank) }
    current = 0
  }

  /// What the engine has to do for the current round.
  /// `floats`: how many of a leaf the step uses.
  func step(floats: Int) -> ReductionEngine.Step {
    let plan = plans[current]
    let fold = plan.ownLeaves.isEmpty ? LastLeafFold.empty : LastLeafFold(partials: [], leaf: leaf, additions: 0)
    return ReductionEngine.Step(plan: plan, fold: fold, floats: floats)
  }

  /// The current round has all its leaves.
  func next() { current += 1 }

  static func plans(of leaves: Int, layout: HostLayout, rank: Int) -> [ReductionPlan] {
    stride(from: 0, to: leaves, by: layout.ranks).map { first in
      ReductionPlan(part: first..<min(leaves, first + layout.ranks), of: leaves, layout: layout, rank: rank)
    }
  }
}
