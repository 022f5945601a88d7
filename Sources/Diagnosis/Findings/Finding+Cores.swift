extension ClusterFacts {
  /// Cores, threads and bindings, machine by machine.
  var coreFindings: [Finding] { machines.flatMap(coreFindings(ofMachine:)) }

  private func coreFindings(ofMachine hosts: [Int]) -> [Finding] {
    let names = hosts.map(name(ofHost:))
    let ranks = hosts.flatMap(ranks(ofHost:)).sorted { $0.rank < $1.rank }
    let cores = Set(ranks.flatMap(\.machine.cores))
    let threads = ranks.reduce(0) { $0 + $1.threads }
    var found: [Finding] = []
    // Two threads of one core share what multiplies.
    let whole = ranks.compactMap { min(Double($0.machine.wholeCores), $0.machine.quota ?? .infinity) }.min() ?? 0
    if threads > cores.count {
      let unused = (ranks.map(\.machine.onlineCores).max() ?? 0) - cores.count
      found.append(
        .takeTurns(
          hosts: names, ranks: ranks.count, threads: threads, cores: cores.count, unused: unused,
          binding: unused > 0 ? ranks.lazy.compactMap(Self.binding).first : nil))
    } else if ranks.contains(where: { $0.machine.cores.count < cores.count }) {
      // Bound ranks know only their own cores, not how many they were given: whether any are idle is not known.
      found += crowded(ranks, all: cores)
    } else if self.ranks.count > 1, Double(threads + 1) <= whole {
      found.append(.idleCores(hosts: names, threads: threads, cores: Int(whole)))
    }
    // Each container of the machine may have a limit of its own.
    for host in hosts {
      let own = self.ranks(ofHost: host)
      let threads = own.reduce(0) { $0 + $1.threads }
      if let quota = own.compactMap(\.machine.quota).min(), quota < Double(min(threads, cores.count)) {
        found.append(.quota(hosts: [name(ofHost: host)], cores: quota, threads: threads))
      }
    }
    return found
  }

  /// Sets of cores that have more threads than cores though other ranks have others: what binding does to ranks with more
  /// threads than mpirun knows of.
  private func crowded(_ ranks: [RankFacts], all: Set<Int>) -> [Finding] {
    var seen: Set<Set<Int>> = [all]
    return ranks.compactMap { rank in
      let mask = Set(rank.machine.cores)
      guard seen.insert(mask).inserted else { return nil }
      let inside = ranks.filter { mask.isSuperset(of: $0.machine.cores) }
      let threads = inside.reduce(0) { $0 + $1.threads }
      guard threads > mask.count else { return nil }
      return .crowded(
        host: name(ofHost: layout.host(of: rank.rank)), ranks: inside.map(\.rank), threads: threads,
        cores: mask.sorted(), binding: Self.binding(rank))
    }
  }

  /// OpenMP, which oneDNN brings along, binds a process when the program is loaded, and takes no notice of other ranks.
  private static func binding(_ rank: RankFacts) -> String? {
    ["OMP_PROC_BIND", "GOMP_CPU_AFFINITY"].first { variable in
      rank.settings[variable].map { $0.lowercased() != "false" } ?? false
    }
  }

  var sharingFindings: [Finding] {
    layout.hosts.indices.compactMap { host in
      let faults = sharing.filter { layout.host(of: $0.rank) == host }
      return faults.first.map { .notShared(host: name(ofHost: host), count: faults.count, fault: $0) }
    }
  }
}
