import Testing

@testable import Diagnosis

/// Cores, threads and bindings of one host with 16 cores, by facts that are made up.
struct CoreFindingTests {
  private func findings(ranks: Int, hosts: Int = 1, _ change: (inout ClusterFacts) -> Void) -> [Finding] {
    var facts = ClusterFacts.healthy(hosts: hosts, ranksEach: ranks)
    change(&facts)
    return facts.findings
  }

  @Test func `ranks and threads that outnumber the cores`() {
    func turns(_ ranks: Int, _ threads: Int, cores: Int = 16, unused: Int = 0, _ binding: String? = nil) -> [Finding] {
      [.takeTurns(hosts: ["n1"], ranks: ranks, threads: threads, cores: cores, unused: unused, binding: binding)]
    }
    #expect(findings(ranks: 17) { _ in } == turns(17, 17))
    #expect(findings(ranks: 6) { $0.changeAll { $0.threads = 3 } } == turns(6, 18))
    #expect(findings(ranks: 1) { $0.changeAll { $0.threads = 17 } } == turns(1, 17))
    #expect(findings(ranks: 4) { $0.changeAll { $0.machine.cores = [2, 3] } } == turns(4, 4, cores: 2, unused: 14))
    let bound = findings(ranks: 2) {
      $0.changeAll {
        $0.machine.cores = [0]
        $0.settings["OMP_PROC_BIND"] = "true"
      }
    }
    #expect(bound == turns(2, 2, cores: 1, unused: 15, "OMP_PROC_BIND"))
    // The other host has cores enough.
    let second = findings(ranks: 16, hosts: 2) { $0.ranks[20].threads = 2 }
    #expect(second == [.takeTurns(hosts: ["n2"], ranks: 16, threads: 17, cores: 16, unused: 0, binding: nil)])
  }

  @Test func `ranks that are bound to the same cores`() {
    func crowd(_ ranks: [Int], _ threads: Int, _ cores: [Int], _ binding: String? = nil) -> Finding {
      .crowded(host: "n1", ranks: ranks, threads: threads, cores: cores, binding: binding)
    }
    /// `masks`: the cores of each rank.
    func bound(_ masks: [[Int]], threads: Int = 1, setting: String? = nil) -> [Finding] {
      findings(ranks: masks.count) { facts in
        for (rank, mask) in masks.enumerated() {
          facts.ranks[rank].machine.cores = mask
          facts.ranks[rank].machine.wholeCores = mask.count
          facts.ranks[rank].threads = threads
          facts.ranks[rank].settings["GOMP_CPU_AFFINITY"] = setting
        }
      }
    }
    #expect(bound([[0], [1], [2]]) == [])
    #expect(bound([[0], [0], [1, 2]]) == [crowd([0, 1], 2, [0])])
    #expect(bound([[0], [0], [1, 2]], setting: "0-1") == [crowd([0, 1], 2, [0], "GOMP_CPU_AFFINITY")])
    #expect(bound([[0, 1], [0, 1], [0], [2, 3]]) == [crowd([0, 1, 2], 3, [0, 1])])
    #expect(bound([[0, 1], [0, 1], [2, 3]]) == [])
    // All their cores together are too few: that says it.
    let few = bound([[0], [0], [1]])
    #expect(few == [.takeTurns(hosts: ["n1"], ranks: 3, threads: 3, cores: 2, unused: 14, binding: nil)])
    // More threads than the binding knows of.
    #expect(bound([[0, 1], [2, 3]], threads: 2) == [])
    #expect(bound([[0], Array(1..<16)], threads: 4) == [crowd([0], 4, [0])])
  }

  @Test func `a limit of the control group`() {
    #expect(findings(ranks: 16) { $0.changeAll { $0.machine.quota = 16 } } == [])
    #expect(
      findings(ranks: 16) { $0.changeAll { $0.machine.quota = 1.5 } }
        == [.quota(hosts: ["n1"], cores: 1.5, threads: 16)])
    // Enough for those that are there: then the other cores are not theirs.
    #expect(findings(ranks: 2) { $0.changeAll { $0.machine.quota = 2 } } == [])
  }

  @Test func `cores without work`() {
    let idle = [Finding.idleCores(hosts: ["n1"], threads: 15, cores: 16)]
    #expect(findings(ranks: 15) { _ in } == idle)
    #expect(findings(ranks: 5) { $0.changeAll { $0.threads = 3 } } == idle)
    // Two threads of a core share what multiplies.
    #expect(findings(ranks: 8) { $0.changeAll { $0.machine.wholeCores = 8 } } == [])
    // A program that was started alone is no run yet.
    #expect(findings(ranks: 1) { _ in } == [])
  }
}
