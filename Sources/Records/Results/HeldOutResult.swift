/// When a held-out result was measured.
public enum StagePoint: Hashable, Sendable {
  /// Before the first step of a stage, after the last one, or after so many steps of the run.
  case before, after
  case step(Int)

  /// As the journal has it: `before`, `after`, `step 120`.
  public var word: String {
    switch self {
    case .before: "before"
    case .after: "after"
    case .step(let step): "step \(step)"
    }
  }

  public init?(_ word: String) {
    switch word {
    case "before": self = .before
    case "after": self = .after
    default:
      let parts = word.split(separator: " ")
      guard parts.count == 2, parts[0] == "step", let step = Int(parts[1]) else { return nil }
      self = .step(step)
    }
  }
}

/// A stage and a moment of it.
public struct Moment: Hashable, Sendable {
  public var stage: String
  public var when: StagePoint

  public init(stage: String, when: StagePoint) {
    self.stage = stage
    self.when = when
  }

  /// `after align`, `step 120 of align`.
  public var label: String {
    if case .step = when { "\(when.word) of \(stage)" } else { "\(when.word) \(stage)" }
  }
}

/// What a held-out set gave, as the journal keeps it.
public struct HeldOutResult: Equatable, Sendable {
  public var moment: Moment
  public var set: String
  /// Mean negative log-likelihood of the supervised tokens, natural logarithm.
  public var loss: Double
  /// Share of the samples whose every token greedy decoding would have produced.
  public var accuracy: Double
  public var samples: Int
  /// Samples that could not be used.
  public var skipped: Int

  public init(moment: Moment, set: String, loss: Double, accuracy: Double, samples: Int, skipped: Int = 0) {
    self.moment = moment
    self.set = set
    self.loss = loss
    self.accuracy = accuracy
    self.samples = samples
    self.skipped = skipped
  }

  /// The details of its line in the journal.
  public var details: [String: JournalValue] {
    [
      "when": .text(moment.when.word), "set": .text(set), "loss": .number(loss), "accuracy": .number(accuracy),
      "samples": .integer(samples), "skipped": .integer(skipped),
    ]
  }

  /// Nil for a line that is something else.
  public init?(_ entry: JournalEntry) {
    guard entry.event == .evaluation, let moment = Moment(entry), let set = entry.details["set"]?.text,
      let loss = entry.details["loss"]?.number, let accuracy = entry.details["accuracy"]?.number,
      let samples = entry.details["samples"]?.integer, let skipped = entry.details["skipped"]?.integer
    else { return nil }
    self.init(moment: moment, set: set, loss: loss, accuracy: accuracy, samples: samples, skipped: skipped)
  }
}

extension Moment {
  /// From the stage of a line and its `when`.
  init?(_ entry: JournalEntry) {
    guard let stage = entry.stage, let when = entry.details["when"]?.text.flatMap({ StagePoint($0) }) else {
      return nil
    }
    self.init(stage: stage, when: when)
  }
}
