import Communication
import Models
import Recipes
import Training

/// What a benchmark's steps train, and with what: the optimizer and the clipping are the peer's.
struct BenchTrainer {
  let parameters: StageParameters
  /// Of the parts that train.
  let learningRates: [Double]
  let step: DataParallelStep

  /// Collective over the ranks of `communicator`, of which those of a host are `team`. `leaves`: of the first step.
  init(
    model: VisionLanguageModel, options: StepOptions, communicator: any Communicator, team: HostTeam, leaves: Int
  ) throws {
    model.store.setProducts(options.precision)
    let parts = options.train.parts
    learningRates = parts.map(\.lr)
    parameters = try StageParameters(model: model, train: parts, team: team)
    let shards = parameters.shards(options.zero, team: team)
    let optimizer = OptimizerState(
      shards, rank: communicator.rank,
      settings: Recipes.Optimizer(kind: .adamw, betas: [0.9, 0.999], eps: 1e-8, weightDecay: 0))
    step = try DataParallelStep(
      model: model, parameters: parameters, optimizer: optimizer, shards: shards, team: team,
      communicator: communicator, sources: 1, clip: 1, leaves: leaves, activations: options.memory,
      wire: options.wire)
  }
}
