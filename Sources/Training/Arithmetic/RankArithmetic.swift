import Communication

/// That of all ranks, by rank, with their hosts.
struct RankArithmetic {
  let ranks: [Arithmetic]
  let hosts: [String]

  /// Collective.
  init(_ own: Arithmetic, hosts: [String], _ communicator: any Communicator) throws {
    self.init(ranks: try communicator.allGather(value: own), hosts: hosts)
  }

  init(ranks: [Arithmetic], hosts: [String]) {
    (self.ranks, self.hosts) = (ranks, hosts)
  }

  /// Each kind once, in the order of the ranks: what a checkpoint keeps.
  var kinds: [Arithmetic] {
    var seen: Set<Arithmetic> = []
    return ranks.filter { seen.insert($0).inserted }
  }

  /// For people: in what the ranks differ and on which hosts; nil where they compute alike.
  var difference: String? {
    let kinds = kinds
    guard let facts = kinds.first?.facts, kinds.count > 1 else { return nil }
    let differing = facts.indices.filter { fact in kinds.contains { $0.facts[fact].value != facts[fact].value } }
    let places = kinds.map { kind in
      let values = differing.map { "\(kind.facts[$0].name) \(kind.facts[$0].value)" }
      return "\(values.joined(separator: ", ")) on \(place(of: kind))"
    }
    return "the ranks compute differently: \(places.joined(separator: "; ")); the run goes on, but its figures may "
      + "differ in the last bits with the number and order of the ranks; use hosts of one kind for equal bits"
  }

  /// For people: what is otherwise than in the run so far, whose checkpoint has `before`; nil for nothing, and for
  /// checkpoints of versions that did not keep it.
  func change(since before: [Arithmetic]?) -> String? {
    guard let before, let facts = before.first?.facts else { return nil }
    let now = kinds
    let changed = facts.indices.filter { Self.values($0, of: before) != Self.values($0, of: now) }
    guard !changed.isEmpty else { return nil }
    let changes = changed.map { fact in
      "\(facts[fact].name) (was \(Self.values(fact, of: before)), is \(Self.values(fact, of: now)))"
    }
    return "this run is not computed as before: \(changes.joined(separator: "; ")); it goes on, "
      + (changed.allSatisfy { facts[$0].name == Arithmetic.threadsName }
        ? "and its figures stay the same: no sum depends on the number of threads"
        : "but its figures may differ in the last bits from those of an undisturbed run")
  }

  private static func values(_ fact: Int, of kinds: [Arithmetic]) -> String {
    Set(kinds.map { $0.facts[fact].value }).sorted().joined(separator: " and ")
  }

  /// Hosts are named where they are few.
  private func place(of kind: Arithmetic) -> String {
    var names: [String] = []
    for (rank, host) in zip(ranks, hosts) where rank == kind && !names.contains(host) { names.append(host) }
    return names.prefix(Self.mostNamed).joined(separator: ", ")
      + (names.count > Self.mostNamed ? " and \(names.count - Self.mostNamed) more" : "")
  }

  private static let mostNamed = 8
}
