/// A part of the run with its own objective, trained parts, data mixture and end.
public struct Stage: Equatable, Sendable {
  public var name: String
  public var objective: Objective
  /// The parts that train, never empty, in the order of ``ModelPart``; all others are frozen.
  public var train: [PartTraining]
  /// The curriculum: shares of the data sources over the stage.
  public var mix: MixtureCurve
  public var template: ChatTemplate
  public var images: ImageUse
  public var batch: BatchSize
  public var optimizer: Optimizer
  public var schedule: Schedule
  /// The largest norm of the gradient over all trained parts; 0 does not clip.
  public var clip: Double
  public var until: StageEnd
}

public enum Objective: String, CaseIterable, Sendable {
  case supervised, contrastive, dpo, reward, ppo
}

public enum ImageUse: String, CaseIterable, Sendable {
  case use
  /// Every picture is replaced by a mid-grey one: what the model knows without seeing.
  case blank
}

public struct BatchSize: Equatable, Sendable {
  /// Samples per optimizer step, over all ranks.
  public var global: Int
  /// Samples per forward pass on one rank, at most ``global``.
  public var micro: Int
  /// Tokens after which a sample is cut, pictures included.
  public var maxTokens: Int
}

public struct Optimizer: Equatable, Sendable {
  public var kind: OptimizerKind
  /// Decay rates of the first and the second moment, each in [0, 1).
  public var betas: [Double]
  public var eps: Double
  public var weightDecay: Double

  public init(kind: OptimizerKind, betas: [Double], eps: Double, weightDecay: Double) {
    self.kind = kind
    self.betas = betas
    self.eps = eps
    self.weightDecay = weightDecay
  }
}

public enum OptimizerKind: String, CaseIterable, Sendable {
  case adamw
}

/// When a stage is over.
public enum StageEnd: Equatable, Sendable {
  /// Optimizer steps, at least 1.
  case steps(Int)
  /// Passes over the mixture, above 0; may be a fraction.
  case epochs(Double)
  case plateau(Plateau)
}

/// The end of a stage that has stopped getting better: its training loss, averaged over a window of steps, is not lower
/// than that of the best window before.
public struct Plateau: Equatable, Sendable {
  /// Steps of a window, at least 1.
  public var patience: Int
  /// How much lower the mean loss of a window must be to count as an improvement.
  public var minDelta: Double
  /// The stage ends after so many epochs in any case.
  public var maxEpochs: Int
}
