/// One line of `metrics.jsonl`: what one optimizer step did, over all ranks.
public struct StepMetrics: Equatable, Sendable {
  /// How long one phase of a step took on the ranks, in seconds.
  public struct Phase: Codable, Equatable, Sendable {
    public var min: Double
    public var median: Double
    public var max: Double
    /// The rank that took `max`.
    public var slowestRank: Int

    public init(min: Double, median: Double, max: Double, slowestRank: Int) {
      self.min = min
      self.median = median
      self.max = max
      self.slowestRank = slowestRank
    }

    enum CodingKeys: String, CodingKey {
      case min, median, max
      case slowestRank = "slowest_rank"
    }
  }

  public var stage: String
  /// Counted over the whole run, from 1.
  public var step: Int
  /// Counted within the stage, from 1.
  public var stageStep: Int
  /// How often the stage's data has been seen; fractions of a pass included.
  public var epoch: Double
  /// Mean over the supervised tokens of the global batch. NaN is written as null, and null is read as NaN.
  public var loss: Float
  /// Euclidean norm of the gradient before clipping.
  public var gradNorm: Float
  /// Learning rate of each part that trains.
  public var lr: [String: Double]
  /// Samples of the global batch.
  public var samples: Int
  /// Tokens of the global batch, image tokens included.
  public var tokens: Int
  /// Tokens that the loss is a mean of.
  public var supervisedTokens: Int
  /// Wall time of the step.
  public var seconds: Double
  /// Loss over the tokens of each data source that the batch holds.
  public var sourceLoss: [String: Float]
  /// Samples that were left out because they could not be read.
  public var skippedSamples: Int
  /// Where the time went, by phase; nil where it was not measured.
  public var phases: [String: Phase]?

  public init(
    stage: String, step: Int, stageStep: Int, epoch: Double, loss: Float, gradNorm: Float, lr: [String: Double],
    samples: Int, tokens: Int, supervisedTokens: Int, seconds: Double, sourceLoss: [String: Float],
    skippedSamples: Int = 0, phases: [String: Phase]? = nil
  ) {
    self.stage = stage
    self.step = step
    self.stageStep = stageStep
    self.epoch = epoch
    self.loss = loss
    self.gradNorm = gradNorm
    self.lr = lr
    self.samples = samples
    self.tokens = tokens
    self.supervisedTokens = supervisedTokens
    self.seconds = seconds
    self.sourceLoss = sourceLoss
    self.skippedSamples = skippedSamples
    self.phases = phases
  }
}
