/// Seconds of training steps that sum their gradients in the fixed tree, and of the same steps that do not keep to an order
/// of their own, taken in turns; and what follows from them: what the fixed order costs. Every step counts with its slowest
/// rank.
public struct OrderTimes: Equatable, Sendable, Encodable {
  /// How a step sums its gradients.
  public enum Setting: String, CaseIterable, Sendable, Encodable {
    /// In the tree over micro-batch numbers.
    case fixed
    /// All micro-batches of a rank straight into one buffer, then one contribution of each rank, beside the last backward
    /// pass as well.
    case running
    /// The same buffer, and `MPI_Allreduce` when all is computed.
    case library
  }

  /// A step in one of the settings.
  public struct Step: Equatable, Sendable {
    let seconds, folding: Double

    /// `seconds`: of the slowest rank. `folding`: those in which this rank's caller cleared buffers and added up
    /// micro-batches.
    public init(seconds: Double, folding: Double) {
      (self.seconds, self.folding) = (seconds, folding)
    }
  }

  /// A step in each setting, one after the other.
  public typealias Round = [Setting: Step]

  public let rounds: Int
  /// Median of the steps with the fixed tree.
  public let fixedSeconds: Double
  public let runningSeconds: Double
  /// Nil where it was not measured.
  public let librarySeconds: Double?
  /// Time with the fixed tree over that of the running sum of the same round: the median ratio.
  public let fixedOverRunning: Double
  public let fixedOverLibrary: Double?
  /// Of the settings that are not reproducible.
  public let fastest: Setting
  /// What the fixed tree costs against that one: 1 where nothing.
  public let fixedOverFastest: Double
  /// How much longer than with the running sum this rank clears buffers and adds up micro-batches in a step: what the fixed
  /// tree costs before the last backward pass, whatever else the machine does.
  public let foldingSeconds: Double
  /// Share of a step with the running sum.
  public let foldingShare: Double

  /// `rounds`: at least one, each with `fixed` and `running`; all or none with `library`.
  public init(rounds: [Round]) {
    precondition(!rounds.isEmpty, "OrderTimes of no rounds")
    func steps(_ setting: Setting) -> [Step] { rounds.compactMap { $0[setting] } }
    let (fixed, running, library) = (steps(.fixed), steps(.running), steps(.library))
    precondition(
      fixed.count == rounds.count && running.count == rounds.count && [0, rounds.count].contains(library.count),
      "OrderTimes of \(rounds)")
    // Of one round: what makes the whole machine slower for a while makes both slower.
    func ratio(to steps: [Step]) -> Double { median(zip(fixed, steps).map { $0.seconds / $1.seconds }) }
    self.rounds = rounds.count
    fixedSeconds = median(fixed.map(\.seconds))
    runningSeconds = median(running.map(\.seconds))
    librarySeconds = library.isEmpty ? nil : median(library.map(\.seconds))
    fixedOverRunning = ratio(to: running)
    fixedOverLibrary = library.isEmpty ? nil : ratio(to: library)
    fastest = (fixedOverLibrary ?? 0) > fixedOverRunning ? .library : .running
    fixedOverFastest = max(fixedOverRunning, fixedOverLibrary ?? 0)
    foldingSeconds = median(zip(fixed, running).map { $0.folding - $1.folding })
    foldingShare = median(zip(fixed, running).map { ($0.folding - $1.folding) / $1.seconds })
  }
}
