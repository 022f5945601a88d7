import Communication
import Datasets
import Foundation
import Kernels
import Memory
import Models
import Profiling
import Training

/// Training steps on one batch, the same on every rank: what `bench step` and `bench scale` time.
struct StepBenchmark {
  let model: VisionLanguageModel
  let batch: MicroBatch
  let options: StepOptions
  let communicator: any Communicator
  let team: HostTeam

  /// Collective.
  init(
    model: VisionLanguageModel, batch: MicroBatch, options: StepOptions, communicator: any Communicator
  ) throws(CommunicationError) {
    self.model = model
    self.batch = batch
    self.options = options
    self.communicator = communicator
    team = try HostTeam(communicator)
  }

  /// What was found, of this rank.
  struct Measurement {
    /// Of all steps, in order.
    var losses: [Double] = []
    /// Seconds of the steps that count, in order.
    var times: [Double] = []
    /// Norm of the first step's gradient before clipping.
    var firstNorm = 0.0
    /// Bytes that a step holds at most beyond what it begins with: activations, their gradients, scratch.
    var activationBytes = 0

    /// As the peer takes it: of an even number of times the longer middle one.
    var median: Double { times.sorted()[times.count / 2] }
  }

  /// Takes `warmUps` steps that do not count and then `steps`, at least one. `around`: runs the latter.
  func run(
    warmUps: Int, steps: Int, around: (() throws -> Void) throws -> Void = { try $0() }
  ) throws -> Measurement {
    // The same work on every rank: one micro-batch each.
    let trainer = try BenchTrainer(
      model: model, options: options, communicator: communicator, team: team, leaves: communicator.size)
    var found = Measurement()
    func take(_ numbers: Range<Int>) throws {
      for number in numbers {
        let time = try seconds {
          let result = try Profile.step(number) {
            try trainer.step(
              [batch], leaves: communicator.size, step: number, learningRates: trainer.learningRates)
          }
          found.losses.append((result.loss * 1e6).rounded() / 1e6)
          if number == 0 { found.firstNorm = result.gradientNorm }
        }
        found.times.append(time)
      }
    }
    try take(0..<warmUps)
    found.times = []
    MemoryPool.resetPeak()
    let before = MemoryPool.usage.live
    try around { try take(warmUps..<warmUps + steps) }
    found.activationBytes = MemoryPool.usage.peakLive - before
    return found
  }

  /// What a step is expected to take of this host's memory.
  var memoryPlan: MemoryPlan {
    MemoryPlan(
      model: model, train: options.train.parts, precision: options.precision, activations: options.memory,
      batch: (batch.tokens.count, batch.imageCount), leaves: communicator.size, ranks: MemoryPlan.Ranks(team.layout),
      zero: options.zero)
  }

  /// The operations that the loss of this rank's batch needs.
  func arithmetic(lastLayer: StepArithmetic.LastLayer) -> StepArithmetic {
    let configuration = model.configuration
    let input = batch.modelInput(imageSize: configuration.vision?.imageSize)
    return StepArithmetic(
      configuration: configuration, samples: input.extents(configuration), trained: options.train.trained,
      lastLayer: lastLayer)
  }
}

/// The most memory this process ever held, in MB.
func peakMemory() -> Int { memory("VmHWM:", in: "/proc/self/status") }

/// What this process holds, in MB: of what it shares with others its part.
func proportionalMemory() -> Int { memory("Pss:", in: "/proc/self/smaps_rollup") }

private func memory(_ key: String, in file: String) -> Int {
  let status = (try? String(contentsOfFile: file, encoding: .utf8)) ?? ""
  let line = status.split(separator: "\n").first { $0.hasPrefix(key) } ?? ""
  return (line.split(separator: " ").compactMap { Int($0) }.first ?? 0) / 1024
}
