import Datasets
import Foundation

/// All that the coordinator must know to go on: what a checkpoint keeps beside the tensors.
struct RunState: Codable, Sendable, Equatable {
  /// Number of the stage that is under way.
  var stage = 0
  /// Steps taken in it.
  var stageStep = 0
  /// Steps taken in the run.
  var step = 0
  /// Whether its last step was taken before its plan said so: the loss falls no more. Nil if not.
  var stageEnded: Bool?
  /// Whether the stage's closing evaluation was done.
  var stageEvaluated = false
  /// Whether the evaluation that is due after this step has yet to be done. Nil if not.
  var evaluationDue: Bool?
  var sampler: MixtureSampler.State?
  /// Optimizer steps of the stage: fewer than its steps if some were skipped.
  var optimizerTime = 0
  /// Samples that could not be used, as `source/number in its file`: each counts once, however often it is drawn. Nil
  /// until there is one.
  var unusable: SortedSet<String>?
  /// Numbers of the data sources of which the stage has used a sample. Nil at its begin, and in checkpoints of the
  /// first versions.
  var used: SortedSet<Int>?
  var notFiniteInARow = 0
  var plateau = PlateauTracker()
  /// The run's recipe as YAML, so that a checkpoint can be used away from its run directory. Checkpoints of the
  /// first versions lack it.
  var recipe: String?
  /// What decided the last bits of its figures, each kind of rank once. Checkpoints of the first versions lack it.
  var arithmetic: [Arithmetic]?
  /// The data files it has drawn from. Checkpoints of the first versions lack it.
  var sources: [SourceExtent]?

  /// What a checkpoint keeps; equal states are equal bytes.
  var json: [UInt8] {
    get throws {
      let encoder = JSONEncoder()
      encoder.outputFormatting = .sortedKeys
      return [UInt8](try encoder.encode(self))
    }
  }
}

/// Whether the training loss still falls: means over windows of `patience` steps, each against the best before it.
struct PlateauTracker: Codable, Sendable, Equatable {
  private var sum = 0.0
  private var count = 0
  private var best: Double?

  /// Takes a step's loss; true if a full window did not improve on the best by `minDelta`.
  mutating func add(_ loss: Double, patience: Int, minDelta: Double) -> Bool {
    sum += loss
    count += 1
    guard count >= patience else { return false }
    let mean = sum / Double(count)
    (sum, count) = (0, 0)
    guard let best else {
      self.best = mean
      return false
    }
    self.best = min(best, mean)
    return mean > best - minDelta
  }
}

/// What the coordinator decides and every rank carries out.
enum Decision: Codable, Sendable, Equatable {
  case beginStage(index: Int)
  case step(StepPlan, next: StepPlan?)
  case evaluate(when: String)
  /// Copy the state and write it while training goes on; if awaited, go on only when it exists.
  case checkpoint(isAwaited: Bool)
  /// A checkpoint has been written, or has failed: learn which.
  case takeCheckpoint
  case finish
  /// Leave in good order; the run is to be started again.
  case pause

  /// What heartbeats call it.
  var phase: String {
    switch self {
    case .beginStage: "stage"
    case .step: "step"
    case .evaluate: "evaluation"
    case .checkpoint, .takeCheckpoint: "checkpoint"
    case .finish: "end"
    case .pause: "pause"
    }
  }

  /// Number of the step, from 1, where it is one.
  var step: Int? {
    if case .step(let plan, _) = self { plan.step + 1 } else { nil }
  }
}

/// One step: which samples in which micro-batch, and how fast each part learns.
struct StepPlan: Codable, Sendable, Equatable {
  /// Number of the step in the run, from 0.
  let step: Int
  let leaves: [[SampleReference]]
  let learningRates: [Double]
  /// State of the sampler once the step is done.
  let samplerAfter: MixtureSampler.State
  /// Mixture weights of the step, one per data source.
  let weights: [Double]
}
