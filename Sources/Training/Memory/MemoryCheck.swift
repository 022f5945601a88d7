import Communication
import Memory
import Models

/// Whether the ranks of each host fit into its memory, and those of all hosts of a machine into the machine's.
///
/// A host may be a container. What its control group leaves is its own, and its ranks alone count against that:
/// containers may have a host name in common, on one machine or on several. What the kernel has left is for all
/// containers of the machine together, whichever limits they have.
enum MemoryCheck {
  /// What one rank says.
  struct Claim: Codable, Equatable {
    /// The host's name, for people.
    var name: String
    /// The same for ranks of one host alone: `Communicator.hostName`.
    var host: String
    /// The same for ranks of one machine alone: `Communicator.machineName`.
    var machine: String
    /// Bytes it will take beyond what it has.
    var more: Int
    /// Bytes its host has left; nil where the system does not say.
    var available: Int?
    /// Bytes its machine has left, limits of control groups aside; nil where the system does not say.
    var ofMachine: Int?
  }

  /// Ranks of a host or machine that want more than it has.
  struct Lack: Equatable {
    var host: String
    var ranks: Int
    var more: Int
    var available: Int
  }

  /// Collective. Refuses a model, before it is built, whose parameters the memory of some host cannot hold.
  /// - Throws: `TrainingError.modelMemory`, the same on all ranks.
  static func run(_ model: ModelConfiguration, _ communicator: any Communicator) throws {
    try judge(try communicator.allGather(value: Claim(more: 4 * model.parameterCount, communicator)), model: model)
  }

  /// The same for a process by itself.
  static func run(_ model: ModelConfiguration) throws(TrainingError) {
    try judge([Claim(more: 4 * model.parameterCount)], model: model)
  }

  /// Collective. Refuses a stage that the memory of some host cannot hold.
  /// - Throws: `TrainingError.memory`, the same on all ranks.
  static func run(_ plan: MemoryPlan, stage: String, _ communicator: any Communicator) throws {
    let claim = Claim(more: max(0, plan.total - MemoryPool.usage.live), communicator)
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

  /// The first host whose ranks do not fit, or else the first machine; nil if all do.
  private static func lack(of claims: [Claim]) -> Lack? {
    lack(of: claims, together: \.host, available: \.available)
      ?? lack(of: claims, together: \.machine, available: \.ofMachine)
  }

  private static func lack(
    of claims: [Claim], together key: (Claim) -> String, available: (Claim) -> Int?
  ) -> Lack? {
    for place in unique(claims.map(key)) {
      let own = claims.filter { key($0) == place }
      guard let available = own.compactMap(available).min() else { continue }
      let more = own.reduce(0) { $0 + $1.more }
      if more > available {
        let names = unique(own.map(\.name)).joined(separator: ", ")
        return Lack(host: names, ranks: own.count, more: more, available: available)
      }
    }
    return nil
  }

  /// Each once, in the order in which they come.
  private static func unique(_ texts: [String]) -> [String] {
    var seen: Set<String> = []
    return texts.filter { seen.insert($0).inserted }
  }
}

extension MemoryCheck.Claim {
  /// Of this process, beside others where there is a `communicator`.
  init(more: Int, _ communicator: (any Communicator)? = nil) {
    let name = Launch.hostName
    self.init(
      name: name, host: communicator?.hostName ?? name, machine: communicator?.machineName ?? name, more: more,
      available: HostMemory.available, ofMachine: HostMemory.ofMachine)
  }
}
