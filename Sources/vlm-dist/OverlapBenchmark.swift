import Communication
import Datasets
import Foundation
import Models
import Profiling
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
    func step(over communicator: any Communicator) throws -> (parameters: StageParameters, take: Step) {
      let leaves = microBatches * communicator.size
      let trainer = try BenchTrainer(
        model: model, options: options, communicator: communicator, team: HostTeam(communicator), leaves: leaves)
      let take: Step = { number in
        // Each way of taking a step has weights of its own.
        trainer.parameters.attach()
        _ = try trainer.step(
          [MicroBatch](repeating: batch, count: microBatches), leaves: leaves, step: number,
          learningRates: trainer.learningRates)
      }
      return (trainer.parameters, take)
    }
    let (parameters, together) = try step(over: communicator)
    let alone = try step(over: LocalCommunicator.alone()).take
    let sum = try GradientReducer(
      communicator: communicator, floatCount: parameters.count, buckets: parameters.buckets,
      leaves: communicator.size, overlaps: false, wire: options.wire)
    var found: [OverlapTimes.Round] = []
    var last: ProfileResult?
    for number in 0...rounds {
      // Whichever comes first meets what the one before has left behind.
      let turns = number % 2 == 0 ? [together, alone] : [alone, together]
      let taken = try turns.map { step in try communicator.profiledSeconds(step: number) { try step(number) } }
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

  private func time(_ sum: GradientReducer) throws -> Double {
    sum.begin(leaves: communicator.size)
    try communicator.barrier()
    return try communicator.slowest(
      try seconds {
        try sum.finishLeaf()
        _ = try sum.wait()
      })
  }
}

extension ProfileResult {
  /// Seconds of the main thread's last backward pass; 0 without one.
  fileprivate var lastBackward: Double {
    Double(spans.last { $0.kind == .phase && $0.name == "backward" && $0.thread == 0 }?.duration ?? 0) / 1e9
  }
}
