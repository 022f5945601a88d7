/// The partial sums that one part of a step leaves for the next, in leaf order, and the buffers that they lie in. They are
/// addressed like the flat buffer, but memory is there only for the pieces that this rank finishes.
struct CarriedSums {
  /// What the part before has left.
  private(set) var before: [FloatBuffer] = []
  /// Where this part's results go.
  private(set) var after: [FloatBuffer] = []
  private var spare: [FloatBuffer] = []

  /// Begins the part that `plan` tells of. `newBuffer`: makes one more, when one is needed for the first time.
  mutating func begin(_ plan: ReductionPlan, newBuffer: () -> FloatBuffer) {
    // What the part before consumed is free now, and not earlier.
    spare += before.filter { old in !after.contains { $0 === old } }
    before = after
    if plan.carriedCount == 0 {
      spare += before
      before = []
    }
    precondition(before.count == plan.carriedCount, "\(before.count) carried sums, not \(plan.carriedCount)")
    // A sum that begins with a carried one is added up in its place.
    after =
      plan.isLast
      ? []
      : plan.world.remaining.map { position in
        position < plan.carriedCount ? before[position] : spare.popLast() ?? newBuffer()
      }
  }
}
