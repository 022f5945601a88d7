import Communication
import Memory
import Models

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

  /// Ranks of a host that want more than it has.
  struct Lack: Equatable {
    var host: String
    var ranks: Int
    var more: Int
    var available: Int
  }

  /// Collective. Refuses a model, before it is built, whose parameters the memory of some host cannot hold.
  /// - Throws: `TrainingError.modelMemory`, the same on all ranks.
  static func run(_ model: ModelConfiguration, _ communicator: any Communicator) throws {
    try judge(try communicator.allGather(value: model.claim), model: model)
  }

  /// The same for a process by itself.
  static func run(_ model: ModelConfiguration) throws(TrainingError) { try judge([model.claim], model: model) }

  /// Collective. Refuses a stage that the memory of some host cannot hold.
  /// - Throws: `TrainingError.memory`, the same on all ranks.
  static func run(_ plan: MemoryPlan, stage: String, _ communicator: any Communicator) throws {
    let claim = Claim(
      host: Launch.hostName, more: max(0, plan.total - MemoryPool.usage.live), available: HostMemory.available)
    try judge(try communicator.allGather(value: claim), plan: plan, stage: stage)
  }

  static func judge(_ claims: [Claim], model: ModelConfiguration) throws(TrainingError) {
    guard let lack = lack(of: claims) else { return }
    throw .modelMemory(
      parameters: model.parameterCount, host: lack.host, ranks: lack.ranks, more: lack.more, available: lack.available)
  }

  static func judge(_ claims: [Claim], plan: MemoryPlan, stage: String) throws(TrainingError) {
    guard let lack = lack(of: claims) else { return }
    throw .memory(
      stage: stage, host: lack.host, ranks: lack.ranks, more: lack.more, available: lack.available, plan: plan)
  }

  /// The first host whose ranks do not fit; nil if all do.
  private static func lack(of claims: [Claim]) -> Lack? {
    var hosts: [String] = []
    for claim in claims where !hosts.contains(claim.host) { hosts.append(claim.host) }
    for host in hosts {
      let own = claims.filter { $0.host == host }
      guard let available = own.compactMap(\.available).min() else { continue }
      let more = own.reduce(0) { $0 + $1.more }
      if more > available { return Lack(host: host, ranks: own.count, more: more, available: available) }
    }
    return nil
  }
}

extension ModelConfiguration {
  /// What building the model takes of a rank: all its parameters in single precision.
  fileprivate var claim: MemoryCheck.Claim {
    MemoryCheck.Claim(host: Launch.hostName, more: 4 * parameterCount, available: HostMemory.available)
  }
}
