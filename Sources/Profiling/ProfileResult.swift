/// A stretch of time that one thread spent on something.
public struct ProfileSpan: Sendable, Equatable {
  public enum Kind: Sendable {
    /// A training step; `amount` is its number.
    case step
    /// A phase of a step, or of a run between steps.
    case phase
    /// A kernel; `amount` is the floating-point operations of its matrix products.
    case operation
  }

  public let kind: Kind
  public let name: String
  /// Nanoseconds of the host's monotonic clock.
  public let start: UInt64
  /// Nanoseconds.
  public let duration: UInt64
  /// Index into `ProfileResult.threads`.
  public let thread: Int
  public let amount: Int

  public init(kind: Kind, name: String, start: UInt64, duration: UInt64, thread: Int, amount: Int) {
    self.kind = kind
    self.name = name
    self.start = start
    self.duration = duration
    self.thread = thread
    self.amount = amount
  }
}

/// What a profile has recorded.
public struct ProfileResult: Sendable, Equatable {
  /// The time of all spans of one name in one phase, less what spans inside them cover.
  public struct Sum: Sendable, Equatable {
    /// nil outside of all phases.
    public let phase: String?
    /// nil for the time of a phase that no operation covers.
    public let operation: String?
    public let calls: Int
    /// Nanoseconds.
    public let time: UInt64
    /// Floating-point operations of matrix products.
    public let flops: Int

    public init(phase: String?, operation: String?, calls: Int, time: UInt64, flops: Int) {
      self.phase = phase
      self.operation = operation
      self.calls = calls
      self.time = time
      self.flops = flops
    }
  }

  public struct Thread: Sendable, Equatable {
    public let name: String
    /// In no order.
    public let sums: [Sum]

    public init(name: String, sums: [Sum]) {
      self.name = name
      self.sums = sums
    }
  }

  /// Nanoseconds from start to stop.
  public let time: UInt64
  /// Steps that were finished.
  public let steps: Int
  /// First the one that started the profile.
  public let threads: [Thread]
  /// The last spans, in the order of their ends.
  public let spans: [ProfileSpan]
  /// Spans before them that were counted in the sums alone.
  public let spansLeftOut: Int

  public init(time: UInt64, steps: Int, threads: [Thread], spans: [ProfileSpan], spansLeftOut: Int) {
    self.time = time
    self.steps = steps
    self.threads = threads
    self.spans = spans
    self.spansLeftOut = spansLeftOut
  }
}
