import Communication
import Foundation
import Memory

/// Whether the ranks of each host fit into its memory.
enum MemoryCheck {
  /// What one rank says.
  struct Claim: Codable, Equatable {
    var host: String
    /// Bytes it will take beyond what it has.
    var more: Int
    /// Bytes its host has left; nil where the system does not say.
    var available: Int?
  }

  /// Collective. Refuses a stage that the memory of some host cannot hold.
  /// - Throws: `TrainingError.memory`, the same on all ranks.
  static func run(_ plan: MemoryPlan, stage: String, _ communicator: any Communicator) throws {
    let claim = Claim(
      host: Launch.hostName, more: max(0, plan.total - MemoryPool.usage.live), available: HostMemory.available)
    let all = try communicator.allGather([UInt8](try JSONEncoder().encode(claim)))
    try judge(try all.map { try JSONDecoder().decode(Claim.self, from: Data($0)) }, plan: plan, stage: stage)
  }

  static func judge(_ claims: [Claim], plan: MemoryPlan, stage: String) throws(TrainingError) {
    var hosts: [String] = []
    for claim in claims where !hosts.contains(claim.host) { hosts.append(claim.host) }
    for host in hosts {
      let own = claims.filter { $0.host == host }
      guard let available = own.compactMap(\.available).min() else { continue }
      let more = own.reduce(0) { $0 + $1.more }
      if more > available {
        throw .memory(stage: stage, host: host, ranks: own.count, more: more, available: available, plan: plan)
      }
    }
  }
}
