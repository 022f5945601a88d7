import Communication

/// The optimizer step that all ranks take together when the gradient of a global batch is summed: each updates its shard,
/// and then all have the new weights.
public final class WeightUpdate {
  private let parameters: StageParameters
  private let optimizer: OptimizerState
  private let team: HostTeam
  private let norm: GradientNorm
  /// Nil where every host updates all weights by itself.
  private let gather: ShardGather?
  private let clip: Double

  /// `shards`: what each rank updates of `parameters`, which the ranks of `team` share. `clip`: longest mean gradient that
  /// is applied as it is; 0 for any.
  public init(
    parameters: StageParameters, optimizer: OptimizerState, shards: ShardPlan, team: HostTeam,
    communicator: any Communicator, clip: Double
  ) {
    self.parameters = parameters
    self.optimizer = optimizer
    self.team = team
    self.clip = clip
    norm = GradientNorm(shards, communicator)
    gather = shards.isOverHosts ? ShardGather(shards, communicator) : nil
  }

  /// What this rank updates.
  var ranges: [Range<Int>] { optimizer.ranges }

  /// Collective. Updates this rank's shard; to be followed by `share()` if the result is finite, as only then anything was
  /// updated. The mean over the global batch's supervised tokens is taken here, in one place.
  /// - Parameters:
  ///   - gradient: sums over the global batch, addressed like the flat buffer, of which this rank's shard is read.
  ///   - supervised: tokens of the global batch, at least one.
  ///   - learningRates: one per entry of the recipe's `train`.
  /// - Returns: the norm of the mean gradient before clipping.
  public func callAsFunction(
    _ gradient: UnsafePointer<Float>, supervised: Int, learningRates: [Double]
  ) throws -> Double {
    let norm = try unsafe self.norm(gradient) / Double(supervised)
    if norm.isFinite {
      let factor = clip > 0 ? min(1, clip / (norm + 1e-6)) : 1
      unsafe optimizer.step(
        parameters, gradient: gradient, scale: Float(factor / Double(supervised)), learningRates: learningRates)
    }
    return norm
  }

  /// Collective. From here on every rank sees what the others have updated.
  public func share() throws {
    if let gather { try unsafe gather(parameters.values.base) }
    try team.meet()
    parameters.valuesChanged()
  }
}
