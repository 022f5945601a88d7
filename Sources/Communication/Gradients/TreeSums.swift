/// The additions of one plan as they are done: made once, since many steps follow the same plan.
struct TreeSums {
  let plan: ReductionPlan
  /// Adds up a host's partial sums in place, for other hosts to finish.
  let host: BlockedSum
  /// Finishes the tree: the host's partial sums first, then those of all hosts. Inputs are this host's partial sums, then
  /// those of the others in the order of the tree, then what is carried. Results are the sum, or what to carry on.
  let world: BlockedSum
  /// The same where `host` has been done.
  let rest: BlockedSum

  init(_ plan: ReductionPlan) {
    self.plan = plan
    let (own, count) = (plan.ownPositions, plan.host.holders.count)
    func input(_ position: Int) -> Int {
      if own.contains(position) { return plan.host.remaining[position - own.lowerBound] }
      return count
        + (position < plan.carriedCount ? plan.remoteCount + position : plan.remoteNumber(position))
    }
    let additions = plan.world.additions.map {
      PartialSums.Addition(target: input($0.target), source: input($0.source))
    }
    let inputs = count + plan.remoteCount + plan.carriedCount
    let results = plan.world.remaining.map(input)
    host = BlockedSum(plan.host.additions, inputs: count, results: plan.host.remaining)
    world = BlockedSum(plan.host.additions + additions, inputs: inputs, results: results)
    rest = BlockedSum(additions, inputs: inputs, results: results)
  }
}
