/// What a report shows of `metrics.jsonl`, gathered in one pass and in memory that does not grow with the run.
public struct RunCurves: Equatable, Sendable {
  /// One stage of the run.
  public struct Stage: Equatable, Sendable {
    public internal(set) var name: String
    public internal(set) var firstStep: Int
    public internal(set) var lastStep: Int
    /// The epoch that the last step reached.
    public internal(set) var epoch = 0.0
    public internal(set) var seconds = 0.0
    public internal(set) var samples = 0.0
    public internal(set) var tokens = 0.0
    public internal(set) var supervisedTokens = 0.0
    public internal(set) var skippedSamples = 0.0
    var loss = Curve()
    var sourceLoss: [String: Curve] = [:]
    var gradNorm = Curve()
    var lr: [String: Curve] = [:]
    var samplesPerSecond = Curve()
    var tokensPerSecond = Curve()
    var phases: [String: PhaseTotals] = [:]
  }

  /// Sums over the steps that measured a phase.
  struct PhaseTotals: Equatable, Sendable {
    var steps = 0.0
    var min = 0.0
    var median = 0.0
    var max = 0.0
    /// How often each rank was the slowest.
    var slowest: [Int: Int] = [:]
  }

  /// In the order in which they ran.
  public private(set) var stages: [Stage] = []

  public init() {}

  /// Reads a whole metrics file.
  public init(metricsPath path: String) throws(RecordsError) {
    var curves = RunCurves()
    try MetricsFile.forEach(path: path) { curves.add($0) }
    self = curves
  }

  /// Adds one step; steps come in ascending order.
  public mutating func add(_ metrics: StepMetrics) {
    if stages.last?.name != metrics.stage {
      stages.append(Stage(name: metrics.stage, firstStep: metrics.step, lastStep: metrics.step))
    }
    stages[stages.count - 1].add(metrics)
  }
}

extension RunCurves.Stage {
  fileprivate mutating func add(_ metrics: StepMetrics) {
    let step = metrics.step
    lastStep = max(lastStep, step)
    epoch = metrics.epoch
    samples += Double(metrics.samples)
    tokens += Double(metrics.tokens)
    supervisedTokens += Double(metrics.supervisedTokens)
    skippedSamples += Double(metrics.skippedSamples)
    loss.add(step: step, Double(metrics.loss))
    gradNorm.add(step: step, Double(metrics.gradNorm))
    for (source, loss) in metrics.sourceLoss {
      sourceLoss[source, default: Curve()].add(step: step, Double(loss))
    }
    for (part, rate) in metrics.lr {
      lr[part, default: Curve()].add(step: step, rate)
    }
    if metrics.seconds > 0, metrics.seconds.isFinite {
      seconds += metrics.seconds
      samplesPerSecond.add(step: step, Double(metrics.samples) / metrics.seconds)
      tokensPerSecond.add(step: step, Double(metrics.tokens) / metrics.seconds)
    }
    for (name, phase) in metrics.phases ?? [:] {
      phases[name, default: RunCurves.PhaseTotals()].add(phase)
    }
  }
}

extension RunCurves.PhaseTotals {
  fileprivate mutating func add(_ phase: StepMetrics.Phase) {
    steps += 1
    min += phase.min
    median += phase.median
    max += phase.max
    slowest[phase.slowestRank, default: 0] += 1
  }
}
