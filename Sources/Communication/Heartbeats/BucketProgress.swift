import Synchronization

/// How far a sum over the ranks is, in buckets. Whoever sums stores three numbers, without lock or memory; they are read
/// when a heartbeat is sent or a flight record is written.
public final class BucketProgress: Sendable {
  /// Buckets are done one after the other: `finished` is also the number, from 0, of the one that is waited for.
  public struct Counts: Equatable, Sendable {
    /// Of the whole sum.
    public let all: Int
    /// Those to which this rank has given its part.
    public let folded: Int
    /// Those whose messages have been asked for.
    public let started: Int
    /// Those of which this rank has summed its share and received the rest from other hosts, and of all before them.
    public let finished: Int
  }

  private let all: Int
  private let folded = Atomic<Int>(0)
  private let started = Atomic<Int>(0)
  private let finished = Atomic<Int>(0)

  init(of all: Int) { self.all = all }

  func set(folded: Int, started: Int, finished: Int) {
    self.folded.store(folded, ordering: .relaxed)
    self.started.store(started, ordering: .relaxed)
    self.finished.store(finished, ordering: .relaxed)
  }

  var counts: Counts {
    Counts(
      all: all, folded: folded.load(ordering: .relaxed), started: started.load(ordering: .relaxed),
      finished: finished.load(ordering: .relaxed))
  }
}
