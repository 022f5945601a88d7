/// When the state of the run is written, and how much of it stays.
public struct CheckpointPolicy: Equatable, Sendable {
  /// 0 writes at the ends of the stages only.
  public var everySteps: Int
  /// How many checkpoints stay on disk, the newest ones.
  public var keep: Int
  /// 1 (fast) to 22 (small).
  public var zstdLevel: Int
}

/// How the run is measured on samples that it does not train on.
public struct EvaluationPolicy: Equatable, Sendable {
  /// The held-out sets; may be empty.
  public var data: [DataSource]
  /// 0 measures at the ends of the stages only.
  public var everySteps: Int
  /// At most so many samples of each set; nil takes all.
  public var maxSamples: Int?
  /// Held-out samples that are answered word by word at each measurement, for people to read; 0 answers none.
  public var examples: Int
}

/// Whether the features of a frozen vision tower are kept on disk for the next time that a picture is seen.
///
/// Features are rounded to bf16 wherever the cache is on, whether they are found or computed, so the run's figures do not
/// depend on what the cache holds; they differ by that rounding from those of a run without it.
public struct FeatureCachePolicy: Equatable, Sendable {
  /// The most bytes on disk over all ranks; 0 keeps no features and rounds none.
  public var limit: Int
}
