import Communication

/// The report for programs: `doctor --json`. Sizes in bytes, times in seconds, speeds in bytes a second.
public struct ReportDocument: Encodable {
  struct Host: Encodable {
    let name: String
    let ranks: [Int]
    let clockOffset: Double?
    let clockUncertainty: Double?
    /// What its first rank knows.
    let facts: RankFacts
  }

  struct NamedLink: Encodable {
    let from: String
    let to: String
    let bytesPerSecond: Double?
    let roundTrip: Double?
  }

  struct FoundFault: Encodable {
    /// The name of the finding's case.
    let kind: String
    let place: String
    let what: String
    let advice: String
  }

  let ranks: Int
  let hosts: [Host]
  /// The cores that each rank may use.
  let cores: [[Int]]
  let links: [NamedLink]
  let folder: FolderFacts?
  let findings: [FoundFault]

  public init(_ facts: ClusterFacts) {
    let names = facts.hostNames
    ranks = facts.ranks.count
    hosts = facts.hosts.enumerated().map { host, own in
      Host(
        name: names[host], ranks: facts.layout.hosts[host], clockOffset: facts.clocks[host]?.seconds,
        clockUncertainty: facts.clocks[host]?.uncertainty, facts: own)
    }
    cores = facts.ranks.map(\.machine.cores)
    links = facts.links.map {
      NamedLink(
        from: names[$0.from], to: names[$0.to], bytesPerSecond: $0.bytesPerSecond, roundTrip: $0.roundTrip)
    }
    folder = facts.folder
    findings = facts.findings.map { finding in
      let words = finding.words(hosts: names)
      return FoundFault(kind: finding.kind, place: words.place, what: words.what, advice: words.advice)
    }
  }
}

extension Finding {
  /// The name of the case.
  public var kind: String { String("\(self)".prefix { $0 != "(" }) }
}
