import Foundation
import Recipes
import Records

/// What rank 0 writes while a run goes on: metrics, TensorBoard events, the progress line.
final class RunRecords {
  private let metrics: MetricsFile
  private let events: EventFile
  private let samples: SampleLog?
  private var progress = ProgressLine(output: .standardError())
  /// Of the held-out set that is being scored.
  private var evaluation: SampleProgress?
  private let recipe: Recipe
  private var pace = Pace()

  init(run: String, recipe: Recipe, step: Int) throws {
    self.recipe = recipe
    metrics = try MetricsFile(path: run + "/metrics.jsonl", resumeAfterStep: step == 0 ? nil : step)
    events = try EventFile(directory: run, firstStep: step + 1)
    samples =
      recipe.logSamples ? try SampleLog(path: run + "/samples.jsonl", resumeAfterStep: step == 0 ? nil : step) : nil
  }

  /// `ranks`: how long each rank took.
  func step(
    _ plan: StepPlan, _ result: StepResult, ranks: [PhaseSeconds], state: RunState, total: Int, seconds: Double,
    sizes: [Int]
  ) throws {
    let stage = recipe.stages[state.stage]
    let mixed = recipe.data.indices.filter { stage.mix.sources.contains(recipe.data[$0].name) }
    let drawn = mixed.reduce(0) { $0 + plan.samplerAfter.drawn[$1] }
    let line = StepMetrics(
      stage: stage.name, step: state.step, stageStep: state.stageStep,
      epoch: Double(drawn) / Double(max(1, mixed.reduce(0) { $0 + sizes[$1] })), loss: Float(result.loss),
      gradNorm: Float(result.gradientNorm),
      lr: Dictionary(uniqueKeysWithValues: zip(stage.train.map(\.part.rawValue), plan.learningRates)),
      samples: result.samples, tokens: result.tokens, supervisedTokens: result.supervisedTokens, seconds: seconds,
      sourceLoss: Dictionary(
        uniqueKeysWithValues: result.sourceLoss.map { (recipe.data[$0.key].name, Float($0.value)) }),
      skippedSamples: result.bad.count, phases: PhaseSeconds.spread(ranks))
    try metrics.append(line)
    try events.append(line)
    try samples?.append(
      .init(step: state.step, samples: result.used.map { "\(recipe.data[$0.source].name)/\($0.id)" }))
    pace.add(samples: result.samples, seconds: seconds)
    show(
      progress.update(
        Progress(
          stage: stage.name, step: state.stageStep, total: total,
          loss: result.supervisedTokens > 0 ? Float(result.loss) : nil, samplesPerSecond: pace.samplesPerSecond,
          eta: pace.seconds(for: total - state.stageStep))))
  }

  /// Before a checkpoint exists, the lines it stands on must be safe.
  func flush() throws {
    try metrics.flush()
    try events.flush()
    try samples?.flush()
  }

  /// So many samples of a held-out set are scored.
  func evaluated(set: String, done: Int, of count: Int) {
    if evaluation == nil { evaluation = SampleProgress("evaluate \(set)", total: count, quietSeconds: 5) }
    show(evaluation?.update(done))
    if done == count { finishLine() }
  }

  func finishLine() {
    show(evaluation?.finish())
    evaluation = nil
    show(progress.finish())
  }
}
