import Communication

@testable import Diagnosis

extension Machine {
  /// With 16 cores, each by itself, and nothing to complain of.
  static let healthy: Machine = {
    var machine = Machine(directory: "/")
    machine.processor = "EPYC"
    machine.flags = ["avx2", "fma", "avx512f", "avx512_bf16"]
    machine.kernel = "6.1"
    machine.boot = "b"
    machine.cores = Array(0..<16)
    machine.wholeCores = 16
    machine.onlineCores = 16
    machine.quota = nil
    machine.memory = 64 << 30
    machine.sharedMemory = 32 << 30
    machine.fileSystem = "ext4"
    machine.freeDisk = 100 << 30
    return machine
  }()
}

extension ClusterFacts {
  /// Hosts n1, n2 and so on with 16 ranks each and links of 1 GB/s.
  static func healthy(hosts: Int, ranksEach: Int = 16) -> ClusterFacts {
    let own = RankFacts(LocalCommunicator.alone(), directory: "/")
    let ranks = (0..<hosts * ranksEach).map { rank in
      let host = rank / ranksEach + 1
      var facts = own
      facts.rank = rank
      facts.host = "n\(host)"
      facts.hostKey = "key \(host)"
      facts.machine = .healthy
      facts.machine.boot = "boot \(host)"
      facts.interfaces = [NetworkInterface(name: "eth0", network: "10.1.0.0/16")]
      facts.threads = 1
      facts.versions = [SoftwareVersions.program: "abc", "MPI": "Open MPI v4.1.4", "libjpeg": "62.3.0"]
      facts.blasCore = "Zen"
      facts.hasAVX512 = true
      facts.hasBFloat16 = true
      facts.settings = [:]
      return facts
    }
    var facts = ClusterFacts(ranks: ranks, directory: "runs/a")
    for from in 0..<hosts {
      if from > 0 { facts.clocks[from] = ClockOffset(seconds: 0.001, uncertainty: 0.0001) }
      for to in 0..<hosts where to != from {
        facts.links.append(Link(from: from, to: to, bytesPerSecond: 1e9, roundTrip: 1e-4))
      }
    }
    facts.folder = FolderFacts(path: "/runs", syncSeconds: 0.01)
    return facts
  }

  /// Changes what the ranks of host number `host` know.
  mutating func change(host: Int, _ change: (inout RankFacts) -> Void) {
    for rank in layout.hosts[host] { change(&ranks[rank]) }
  }

  mutating func changeAll(_ change: (inout RankFacts) -> Void) {
    for rank in ranks.indices { change(&ranks[rank]) }
  }

  mutating func speed(_ from: Int, _ to: Int, _ bytesPerSecond: Double?) {
    for index in links.indices where links[index].from == from && links[index].to == to {
      links[index].bytesPerSecond = bytesPerSecond
      if bytesPerSecond == nil { links[index].roundTrip = nil }
    }
  }
}
