/// Seconds of training steps with and without communication, taken in turns, and what follows from them: how much of the
/// communication the backward pass hides. Every step counts with its slowest rank.
public struct OverlapTimes: Equatable, Sendable, Encodable {
  public let ranks: Int
  public let hosts: Int
  /// Of the gradient.
  public let bytes: Int
  /// Median of the steps in which the ranks sum their gradients.
  public let withSeconds: Double
  /// Median of the same steps at the same time, each rank for itself.
  public let withoutSeconds: Double
  /// Median of the sum alone, when nothing hides it.
  public let communicationSeconds: Double
  /// Median of the last micro-batch's backward pass, beside which the sum can go on; in steps without communication.
  public let backwardSeconds: Double
  /// How much longer a step with communication is than its neighbour without: the median difference.
  public let exposedSeconds: Double
  /// Share of the communication that costs no time. Nil where there is none; noise can make it negative or more than 1.
  public let hiddenShare: Double?
  /// Time without communication over time with it, the median ratio of neighbours: 1 where communication is free.
  public let efficiency: Double

  /// A round: a step of either kind, one after the other, and the sum alone.
  public struct Round: Equatable, Sendable {
    let with, without, communication, backward: Double

    public init(with: Double, without: Double, communication: Double, backward: Double) {
      (self.with, self.without) = (with, without)
      (self.communication, self.backward) = (communication, backward)
    }
  }

  /// `rounds`: at least one.
  public init(ranks: Int, hosts: Int, bytes: Int, rounds: [Round]) {
    precondition(!rounds.isEmpty, "OverlapTimes of no rounds")
    (self.ranks, self.hosts, self.bytes) = (ranks, hosts, bytes)
    withSeconds = median(rounds.map(\.with))
    withoutSeconds = median(rounds.map(\.without))
    communicationSeconds = median(rounds.map(\.communication))
    backwardSeconds = median(rounds.map(\.backward))
    // Of neighbours in time: what makes the whole machine slower for a while makes both slower.
    exposedSeconds = median(rounds.map { $0.with - $0.without })
    efficiency = median(rounds.map { $0.without / $0.with })
    hiddenShare = communicationSeconds > 0 ? 1 - exposedSeconds / communicationSeconds : nil
  }
}
