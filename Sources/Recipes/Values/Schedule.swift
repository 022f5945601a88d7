/// The course of the learning rate over a stage.
public struct Schedule: Equatable, Sendable {
  public var kind: ScheduleKind
  public var warmup: Warmup
  /// The share of the learning rate that the decay ends at. `constant` does not decay.
  public var floor: Double
  /// The share of the stage that `wsd` decays over; the other kinds do not look at it.
  public var decay: Double

  public init(kind: ScheduleKind, warmup: Warmup, floor: Double = 0, decay: Double = Schedule.defaultDecay) {
    self.kind = kind
    self.warmup = warmup
    self.floor = floor
    self.decay = decay
  }

  /// The share of a `wsd` stage that decays unless the recipe says otherwise.
  public static let defaultDecay = 0.1
}

public enum ScheduleKind: String, CaseIterable, Sendable {
  case constant, linear, cosine
  /// Warm up, stay, decay.
  case wsd
}

public enum Warmup: Equatable, Sendable {
  /// A share of the stage's steps, below 1.
  case fraction(Double)
  case steps(Int)

  /// The number of warm-up steps, a fraction rounded up (`TrainingArguments.get_warmup_steps` in transformers).
  public func steps(of totalSteps: Int) -> Int {
    switch self {
    case .fraction(let fraction): Int((fraction * Double(totalSteps)).rounded(.up))
    case .steps(let steps): steps
    }
  }
}
