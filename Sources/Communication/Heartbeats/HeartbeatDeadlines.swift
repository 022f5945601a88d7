/// How long ranks may be silent or without progress.
public struct HeartbeatDeadlines: Equatable, Sendable {
  /// Seconds between two beats of a rank.
  public var interval = 1.0
  /// Seconds without a beat after which a rank counts as lost. Less than mpirun takes to notice a dead link (see
  /// cluster/mpirun-options), so that the rank is named and the others write down their last operations.
  public var silence = 8.0
  /// Seconds without any progress in a step after which the run is given up; at least so many times the median step.
  public var stall = 120.0
  /// Seconds that the end of all ranks may take before a rank that still lives ends on its own.
  public var abort = 5.0

  /// A warning comes after so many median steps without progress, and after `leastWarning` seconds.
  static let stepsUntilWarning = 5.0
  static let leastWarning = 10.0
  static let stepsUntilStall = 30.0

  public init() {}

  /// As the environment has it, in seconds: `VLM_DIST_SILENCE_SECONDS`, `VLM_DIST_STALL_SECONDS`; a number that cannot be
  /// read, or is not positive, changes nothing.
  public init(environment: (String) -> String?) {
    func seconds(_ name: String) -> Double? {
      environment(name).flatMap(Double.init).flatMap { $0 > 0 && $0.isFinite ? $0 : nil }
    }
    silence = seconds("VLM_DIST_SILENCE_SECONDS") ?? silence
    stall = seconds("VLM_DIST_STALL_SECONDS") ?? stall
    // Several beats may get lost before a rank is held for lost.
    interval = min(interval, silence / 6)
  }

  /// Seconds without progress until a warning, for steps of `median` seconds.
  func warning(median: Double) -> Double { max(Self.leastWarning, Self.stepsUntilWarning * median) }

  /// Seconds without progress until the run is given up.
  func stall(median: Double) -> Double { max(stall, Self.stepsUntilStall * median) }
}
