import Communication
import Datasets
import Models
import Profiling
import Training

/// Training steps that sum their gradients in the fixed tree, and the same steps in settings that are faster, as they may
/// sum in any order: all that differs is where gradients are added up.
///
/// Learning rates are zero: the optimizer does its work, but the weights stay, so that all steps have the same gradients.
struct OrderBenchmark {
  private let model: VisionLanguageModel
  private let batch: MicroBatch
  private let options: StepOptions
  private let communicator: any Communicator
  private let team: HostTeam
  private let trainer: BenchTrainer
  /// Nil where there is nothing for the library to sum.
  private let library: (name: String, step: LibraryStep)?

  /// What was found with so many micro-batches on each rank.
  struct Measurement {
    let times: OrderTimes
    /// What a step has found in each setting: the same but for rounding.
    let results: [OrderTimes.Setting: LibraryStep.Result]
    let layout: LayoutPlan
  }

  /// Collective. Chooses the library's fastest algorithm for a bucket.
  init(model: VisionLanguageModel, batch: MicroBatch, options: StepOptions, communicator: any Communicator) throws {
    self.model = model
    self.batch = batch
    self.options = options
    self.communicator = communicator
    team = try HostTeam(communicator)
    let trainer = try BenchTrainer(
      model: model, options: options, communicator: communicator, team: team, leaves: communicator.size)
    self.trainer = trainer
    guard communicator.size > 1 else {
      library = nil
      return
    }
    let sums = try AllReduceBenchmark(communicator)
    let longest = trainer.parameters.buckets.map(\.count).max() ?? 0
    let times = try sums(bytes: max(4, longest * MemoryLayout<Float>.stride), bucketFloats: longest, repeats: 5)
    // Each rank has measured the slowest one's times.
    library = sums.libraries.first { $0.name == times.best?.name }.map { sum in
      let step = LibraryStep(
        model: model, trainer: trainer, options: options, communicator: communicator, library: sum)
      return (sum.name, step)
    }
  }

  /// Of the library's algorithm that is used.
  var libraryName: String? { library?.name }
  /// Floats of the gradient.
  var floats: Int { trainer.parameters.count }

  /// Bytes that the gradients of a rank and its part of their sums take at most.
  func memory(of setting: OrderTimes.Setting, microBatches: Int) -> Int {
    guard setting != .library else { return 2 * floats * MemoryLayout<Float>.stride }
    let plan = MemoryPlan(
      model: model, train: options.train.parts, precision: options.precision, activations: options.memory,
      batch: (batch.tokens.count, batch.imageCount), leaves: (setting == .fixed ? microBatches : 1) * team.layout.ranks,
      ranks: MemoryPlan.Ranks(team.layout), zero: options.zero)
    return plan.gradients + plan.communication
  }

  /// Collective. Takes one round that does not count and then `rounds`, of `steps` steps of each setting in a row.
  func run(microBatches: Int, steps: Int, rounds: Int) throws -> Measurement {
    let settings = OrderTimes.Setting.allCases.filter { $0 != .library || library != nil }
    let batches = [MicroBatch](repeating: batch, count: microBatches)
    var results: [OrderTimes.Setting: LibraryStep.Result] = [:]
    var found: [OrderTimes.Round] = []
    for round in 0...rounds {
      var taken: OrderTimes.Round = [:]
      // Each is the first one in its turn: whoever that is meets what the round before has left behind.
      for turn in settings.indices {
        let setting = settings[(turn + round) % settings.count]
        if setting == .library { library?.step.attach() } else { trainer.parameters.attach() }
        let (seconds, profile) = try communicator.profiledSeconds(step: round) {
          for _ in 0..<steps { results[setting] = try take(setting, batches, number: round) }
        }
        taken[setting] = OrderTimes.Step(
          seconds: seconds / Double(steps),
          folding: (profile.seconds(of: "gradients cleared") + profile.seconds(of: "leaf sum")) / Double(steps))
      }
      if round > 0 { found.append(taken) }
    }
    return Measurement(
      times: OrderTimes(rounds: found), results: results,
      layout: trainer.step.layout(of: microBatches * communicator.size))
  }

  private func take(
    _ setting: OrderTimes.Setting, _ batches: [MicroBatch], number: Int
  ) throws -> LibraryStep.Result? {
    let still = trainer.learningRates.map { _ in 0.0 }
    let result: StepResult
    switch setting {
    case .library: return try library?.step(batches, learningRates: still)
    case .fixed:
      result = try trainer.step(
        batches, leaves: batches.count * communicator.size, step: number, learningRates: still)
    case .running:
      // One leaf on each rank, however many micro-batches there are.
      result = try trainer.step(leafBatches: [batches], leaves: communicator.size, step: number, learningRates: still)
    }
    return LibraryStep.Result(loss: result.loss, gradientNorm: result.gradientNorm)
  }
}
