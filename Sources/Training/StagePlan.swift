import Datasets
import Recipes

/// What follows from a stage of the recipe and the sizes of its sources: how many steps, which samples, which rates.
struct StagePlan {
  let stage: Stage
  let totalSteps: Int
  let totalSamples: Int
  private let names: [String]
  private var sampler: MixtureSampler
  private var planned: Int

  /// `sources`: all data sources of the recipe. `state`, `step`: where the stage goes on.
  init(
    _ stage: Stage, number: Int, sources: [(name: String, count: Int)], seed: Int, state: MixtureSampler.State?, step: Int
  ) {
    self.stage = stage
    names = sources.map(\.name)
    let mixed = sources.filter { stage.mix.sources.contains($0.name) }.reduce(0) { $0 + $1.count }
    // More than anybody trains on, and far from where integers end.
    let most = 0x1p60
    func samples(_ epochs: Double) -> Int { Int(min(epochs * Double(mixed), most).rounded(.up)) }
    switch stage.until {
    case .steps(let steps): totalSamples = min(steps, Int(most) / stage.batch.global) * stage.batch.global
    case .epochs(let epochs): totalSamples = samples(epochs)
    case .plateau(let plateau): totalSamples = samples(Double(plateau.maxEpochs))
    }
    totalSteps = (totalSamples + stage.batch.global - 1) / stage.batch.global
    // A stage has an order of its own, so that the same data come differently mixed in the next one.
    let stageSeed = UInt64(bitPattern: Int64(seed)) &+ UInt64(number) &* 0x9E37_79B9
    sampler = MixtureSampler(sources: sources, seed: stageSeed, state: state)
    planned = step
  }

  /// The plan of the stage's next step; nil behind the last one. `first`: run step of the stage's step 0.
  mutating func next(first: Int) -> StepPlan? {
    guard planned < totalSteps else { return nil }
    defer { planned += 1 }
    let current = stage.mix.weights(at: Double(planned) / Double(max(1, totalSteps)))
    let weights = names.map { name in current.first { $0.source == name }?.weight ?? 0 }
    let count = min(stage.batch.global, totalSamples - planned * stage.batch.global)
    let references = sampler.draw(count, weights: weights)
    let leaves = stride(from: 0, to: references.count, by: stage.batch.micro).map {
      Array(references[$0..<min(references.count, $0 + stage.batch.micro)])
    }
    let factor = stage.schedule.factor(step: planned, totalSteps: totalSteps)
    return StepPlan(
      step: first + planned, leaves: leaves, learningRates: stage.train.map { $0.lr * factor },
      samplerAfter: sampler.state, weights: weights)
  }
}
