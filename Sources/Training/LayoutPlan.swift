import Communication
import Foundation

/// What the division of a global batch over ranks and hosts costs, said before the first step.
public struct LayoutPlan: Equatable {
  let leaves: Int
  let ranks: Int
  public let hosts: Int
  /// Bytes that the hosts send, over those of a ring of hosts.
  let excess: Double
  /// Whether every micro-batch is summed over the ranks by itself.
  var isInRounds = false

  /// Share of the ranks' time in which some have no micro-batch left.
  var idle: Double {
    let most = (leaves + ranks - 1) / ranks
    return 1 - Double(leaves) / Double(most * ranks)
  }

  /// For people, where gradients travel in bf16.
  var wire: String {
    (hosts == 1
      ? "one host: nothing travels in bf16, and the figures are those of fp32"
      : "\(hosts) hosts: gradients travel between them in bf16, and the figures depend on how micro-batches lie on hosts")
      + "; a run that goes on with another layout of ranks on hosts has other figures from there on"
  }

  /// For people; nil where the layout costs nothing.
  public var cost: String? {
    var costs: [String] = []
    if idle > 0 { costs.append("ranks are idle for \(Int((idle * 100).rounded())) % of a step's computing") }
    if excess > 1 {
      let times = "hosts send \(String(format: "%.2f", excess)) times the bytes of "
      costs.append(
        times + (isInRounds ? "one sum, as with zero: 2 one follows every micro-batch" : "aligned powers of two"))
    }
    guard !costs.isEmpty else { return nil }
    return "\(leaves) micro-batches on \(ranks) ranks of \(hosts) \(hosts == 1 ? "host" : "hosts"): "
      + costs.joined(separator: ", and ") + "; best are as many ranks as "
      + (isInRounds ? "there are micro-batches" : "make micro-batches / ranks a power of two")
  }
}
