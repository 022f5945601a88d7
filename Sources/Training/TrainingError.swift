import Datasets
import Recipes

/// What can stop a run for a reason of its own.
public enum TrainingError: Error, Equatable {
  /// The stage's `train` names no parameter of the model.
  case nothingTrains(parts: [String])
  /// A step had no supervised token on any rank.
  case nothingSupervised(step: Int)
  /// The gradient was not finite in so many steps in a row.
  case notFinite(step: Int, inARow: Int)
  /// There is no file at the path that the recipe's setting `key` gives; `place`: where that is written.
  case missingData(path: String, key: String, place: Place?)
  /// The same, of a folder.
  case missingFolder(path: String, key: String, place: Place?)
  /// More samples could not be used than `max_bad_samples` allows.
  case badSamples(count: Int, limit: Int, last: String)
  /// All `samples` that were tried of something could not be used; `first` is the sentence of the first of them.
  case nothingUsable(UnusableData, samples: Int, first: String)
  /// A checkpoint of another model or stage.
  case checkpointMismatch(path: String, tensor: String)
  /// This rank is well, another is not; that one says why.
  case otherRankFailed
  /// There is nothing to load.
  case noCheckpoint(path: String)
  /// The ranks of a host would take more bytes than it has left.
  case memory(stage: String, host: String, ranks: Int, more: Int, available: Int, plan: MemoryPlan)
  /// The ranks of a host, each of which builds the model, would take more bytes for it than the host has left.
  case modelMemory(parameters: Int, host: String, ranks: Int, more: Int, available: Int)
  /// The run directory belongs to another recipe.
  case recipeChanged(run: String, differences: [String])
  /// Another training writes into the run directory; `holder`: which process on which host, where that is known.
  case runInUse(run: String, holder: String?)
  /// The run has saved checkpoints, the last at `step`, and has none any more.
  case checkpointsGone(run: String, step: Int)
}

/// What has no sample that can be used.
public enum UnusableData: Equatable, Sendable {
  /// A data source of the recipe, every sample of which was drawn.
  case source(String)
  /// A stage, all steps of which were taken.
  case stage(String)
  /// A held-out set, all of which was scored.
  case heldOut(String)
}

extension TrainingError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .nothingTrains(let parts):
      "train: \(parts.joined(separator: ", ")) would train nothing: the model has no such parameters; "
        + "name at least one of vision, connector, language, embeddings, head that it has"
    case .nothingSupervised(let step):
      "step \(step): no sample of the global batch has a supervised token; look at the answers of the data"
    case .notFinite(let step, let inARow):
      "step \(step): the gradient was not finite \(inARow) \(inARow == 1 ? "time" : "times") in a row; lower the learning "
        + "rate, resume from an earlier checkpoint, or allow more of them (max_not_finite)"
    case .missingData(let path, let key, let place):
      (place.map { "\($0): " } ?? "") + "\(key): \(DatasetError.missing(path: path))"
    case .missingFolder(let path, let key, let place):
      (place.map { "\($0): " } ?? "") + "\(key): \(path): there is no such folder; check the path"
    case .badSamples(let count, let limit, let last):
      "\(count) samples could not be used and max_bad_samples is \(limit), so the run stops; the last was "
        + "\(last); `vlm-dist data inspect` finds all of them"
    case .nothingUsable(let data, let samples, let first):
      "\(data): \(samples == 1 ? "its only sample could not" : "none of its \(samples) samples could") be used, so the "
        + "run stops; the first: \(first)"
    case .checkpointMismatch(let path, let tensor):
      "\(path): \"\(tensor)\" does not fit this recipe's model; use another --run, or --fresh to begin anew"
    case .noCheckpoint(let path):
      "\(path): neither a run directory with a checkpoint nor a checkpoint (RUN/checkpoints/step-N); train first, or "
        + "check the path"
    case .memory(let stage, let host, let ranks, let more, let available, let plan):
      "stage \(stage) does not fit on \(host): its \(ranks) \(ranks == 1 ? "rank wants" : "ranks want") "
        + "\(MemoryPlan.gigabytes(more)) more, \(MemoryPlan.gigabytes(available)) are left (\(plan.text)); use fewer ranks "
        + "a host, a smaller batch.micro or batch.max_tokens, or memory: recompute"
    case .modelMemory(let parameters, let host, let ranks, let more, let available):
      "a model of \(MemoryPlan.billions(parameters)) parameters does not fit on \(host): its \(ranks) "
        + "\(ranks == 1 ? "rank wants" : "ranks want") \(MemoryPlan.gigabytes(more)) to build it, "
        + "\(MemoryPlan.gigabytes(available)) are left; use fewer ranks a host, or a smaller model"
    case .runInUse(let run, let holder):
      "\(Self.inUse(run, by: holder)); wait for its end or stop it, then start again, or use another --run"
    case .checkpointsGone(let run, let step):
      "\(run): its journal tells of a checkpoint of step \(step), and there is none; bring \(run)/checkpoints back, or use "
        + "--fresh to begin anew"
    case .otherRankFailed: "another rank failed; its message says why"
    case .recipeChanged(let run, let differences):
      "\(run): holds a run of another recipe (\(differences.joined(separator: "; "))); "
        + "use another --run, or --fresh to begin anew"
    }
  }
}

extension TrainingError {
  /// The beginning of what is said of a run directory into which another training writes.
  static func inUse(_ run: String, by holder: String?) -> String {
    "\(run): another training" + (holder.map { " (\($0))" } ?? "") + " writes into it"
  }
}

extension UnusableData: CustomStringConvertible {
  public var description: String {
    switch self {
    case .source(let name): "data source \(name)"
    case .stage(let name): "stage \(name)"
    case .heldOut(let name): "held-out set \(name)"
    }
  }
}
