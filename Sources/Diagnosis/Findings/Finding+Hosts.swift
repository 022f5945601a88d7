import Communication

extension ClusterFacts {
  /// What is to be changed, the gravest first within each topic; empty where nothing is.
  public var findings: [Finding] {
    linkFindings + folderFindings + differences + coreFindings + sharingFindings + hostFindings
  }

  /// What single hosts lack.
  var hostFindings: [Finding] {
    var found: [Finding] = []
    func hosts(where isSo: (RankFacts) -> Bool) -> [String]? {
      let names = zip(hostNames, self.hosts).filter { isSo($0.1) }.map(\.0)
      return names.isEmpty ? nil : names
    }
    if let lacking = hosts(where: { !Set($0.machine.flags).isSuperset(of: ["avx2", "fma"]) }) {
      found.append(.lacksAVX2(hosts: lacking))
    }
    if let lacking = hosts(where: { !$0.hasBFloat16 }) { found.append(.lacksBFloat16(hosts: lacking)) }
    for (host, facts) in self.hosts.enumerated() where facts.machine.sharedMemory < layout.hosts[host].count * 64 << 20
    {
      found.append(.smallSharedMemory(host: name(ofHost: host), ranks: layout.hosts[host].count))
    }
    if let remote = hosts(where: { $0.machine.isNetworkFileSystem }) {
      found.append(.networkFileSystem(hosts: remote, directory: directory))
    }
    if let full = hosts(where: { $0.machine.freeDisk < 2 << 30 }) {
      found.append(.littleDisk(hosts: full, directory: directory))
    }
    for core in Set(self.hosts.compactMap { $0.settings["OPENBLAS_CORETYPE"] }).sorted() {
      if let forced = hosts(where: { $0.settings["OPENBLAS_CORETYPE"] == core }) {
        found.append(.forcedCore(hosts: forced, core: core))
      }
    }
    return found
  }

  /// What hosts do not have in common and should.
  var differences: [Finding] {
    var found: [Finding] = []
    for component in Set(ranks.flatMap(\.versions.keys)).sorted() {
      let variants = variants { $0.versions[component] ?? "none" }
      if variants.count > 1 { found.append(.versions(component: component, variants: variants)) }
    }
    let processors = variants(processor)
    if processors.count > 1 { found.append(.processors(variants: processors)) }
    for variable in Set(ranks.flatMap(\.settings.keys)).sorted() {
      let variants = variants { $0.settings[variable] ?? "not set" }
      if variants.count > 1 { found.append(.setting(variable: variable, variants: variants)) }
    }
    for (host, clock) in clocks.enumerated() {
      guard let clock, abs(clock.seconds) - clock.uncertainty > Self.mostClockOffset else { continue }
      found.append(.clock(host: name(ofHost: host), seconds: clock.seconds))
    }
    for hosts in machines where hosts.count > 1 { found.append(.oneMachine(hosts: hosts.map(name(ofHost:)))) }
    let counts = variants { "\(layout.hosts[layout.host(of: $0.rank)].count)" }
    if counts.count > 1 { found.append(.unevenRanks(variants: counts)) }
    return found
  }

  /// What computes on a host: the processor's name, what it lacks of what another host has, and what libraries made of it.
  private func processor(_ facts: RankFacts) -> String {
    let lacking = Machine.instructionSets.filter { name in
      !facts.machine.flags.contains(name) && ranks.contains { $0.machine.flags.contains(name) }
    }
    let (widest, pairs) = (ranks.contains(where: \.hasAVX512), ranks.contains(where: \.hasBFloat16))
    let unused = [widest && !facts.hasAVX512 ? "AVX-512" : nil, pairs && !facts.hasBFloat16 ? "bf16" : nil]
      .compactMap { $0 }
    return facts.machine.processor + (lacking.isEmpty ? "" : " without \(lacking.joined(separator: " "))")
      + ", OpenBLAS core \(facts.blasCore)"
      + (unused.isEmpty ? "" : ", oneDNN without \(unused.joined(separator: " and "))")
  }

  /// Seconds: times in journals are compared by people.
  static let mostClockOffset = 1.0

  /// The values of a property of ranks, and the hosts that have each, the most frequent first. A host whose own ranks
  /// differ is listed with both.
  private func variants(_ value: (RankFacts) -> String) -> [Finding.Variant] {
    var found: [(value: String, hosts: [String])] = []
    for host in layout.hosts.indices {
      for facts in ranks(ofHost: host) {
        let (value, name) = (value(facts), name(ofHost: host))
        if let index = found.firstIndex(where: { $0.value == value }) {
          if found[index].hosts.last != name { found[index].hosts.append(name) }
        } else {
          found.append((value, [name]))
        }
      }
    }
    return found.enumerated().sorted { ($1.element.hosts.count, $0.offset) < ($0.element.hosts.count, $1.offset) }
      .map { Finding.Variant(value: $0.element.value, hosts: $0.element.hosts) }
  }
}
