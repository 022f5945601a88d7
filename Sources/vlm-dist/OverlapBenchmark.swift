import Communication
import Datasets
import Foundation
import Models
import Profiling
import Recipes
import Training

/// Training steps that sum their gradients over the ranks, and the same steps of each rank for itself, in turns: all that
/// differs is the communication.
struct OverlapBenchmark {
  let model: VisionLanguageModel
  let batch: MicroBatch
  let microBatches: Int
  let options: StepOptions
  let communicator: any Communicator

  /// What was found.
  struct Measurement {
    let times: OverlapTimes
    /// The last step with communication, of this rank.
    let profile: ProfileResult
  }

  /// Collective. Takes one round that does not count and then `rounds`.
  func run(rounds: Int) throws -> Measurement {
    model.store.setProducts(options.precision)
    let parts = options.train.parts
    func step(over communicator: any Communicator) throws -> (parameters: StageParameters, take: Step) {
      let team = try HostTeam(communicator)
      let parameters = try StageParameters(model: model, train: parts, team: team)
      let shards = parameters.shards(options.zero, team: team)
      let optimizer = OptimizerState(
        shards, rank: communicator.rank,
        settings: Recipes.Optimizer(kind: .adamw, betas: [0.9, 0.999], eps: 1e-8, weightDecay: 0))
      let leaves = microBatches * communicator.size
      let step = try DataParallelStep(
        model: model, parameters: parameters, optimizer: optimizer, shards: shards, team: team,
        communicator: communicator, sources: 1, clip: 1, leaves: leaves, activations: options.memory)
      let take: Step = { number in
        // Each way of taking a step has weights of its own.
        parameters.attach()
        _ = try step(
          [MicroBatch](repeating: batch, count: microBatches), leaves: leaves, step: number,
          learningRates: parts.map(\.lr))
      }
      return (parameters, take)
    }
    let (parameters, together) = try step(over: communicator)
    let alone = try step(over: LocalCommunicator.alone()).take
    let sum = try GradientReducer(
      communicator: communicator, floatCount: parameters.count, buckets: parameters.buckets,
      leaves: communicator.size, overlaps: false)
    var found: [OverlapTimes.Round] = []
    var last: ProfileResult?
    for number in 0...rounds {
      // Whichever comes first meets what the one before has left behind.
      let turns = number % 2 == 0 ? [together, alone] : [alone, together]
      let taken = try turns.map { try time(number, $0) }
      let (with, without) = number % 2 == 0 ? (taken[0], taken[1]) : (taken[1], taken[0])
      let communication = communicator.size > 1 ? try time(sum) : 0
      last = with.profile
      guard number > 0 else { continue }
      found.append(
        OverlapTimes.Round(
          with: with.seconds, without: without.seconds, communication: communication,
          backward: without.profile.lastBackward))
    }
    guard let last else { preconditionFailure("no round was taken") }
    return Measurement(
      times: OverlapTimes(
        ranks: communicator.size, hosts: sum.hostCount, bytes: parameters.count * MemoryLayout<Float>.stride,
        rounds: found),
      profile: last)
  }

  private typealias Step = (_ number: Int) throws -> Void

  /// A step of either kind, both profiled, so that both pay for it.
  private func time(_ number: Int, _ step: Step) throws -> (seconds: Double, profile: ProfileResult) {
    try communicator.barrier()
    Profile.start()
    let result = Result { try seconds { try Profile.step(number) { try step(number) } } }
    let profile = Profile.stop()
    return (try slowest(try result.get()), profile)
  }

  private func time(_ sum: GradientReducer) throws -> Double {
    sum.begin(leaves: communicator.size)
    try communicator.barrier()
    return try slowest(
      try seconds {
        sum.finishLeaf()
        _ = try sum.wait()
      })
  }

  private func slowest(_ seconds: Double) throws -> Double {
    Double(try communicator.allAgree(max: Int(seconds * 1e9))) / 1e9
  }
}

extension ProfileResult {
  /// Seconds of the main thread's last backward pass; 0 without one.
  fileprivate var lastBackward: Double {
    Double(spans.last { $0.kind == .phase && $0.name == "backward" && $0.thread == 0 }?.duration ?? 0) / 1e9
  }

  /// Seconds that the main thread spent in operation `name`.
  func seconds(of name: String) -> Double {
    let sums = threads.first?.sums.filter { $0.operation == name } ?? []
    return Double(sums.reduce(0) { $0 + $1.time }) / 1e9
  }
}
