import Communication
import Foundation
import Testing

@testable import Diagnosis

struct ReportTests {
  @Test func `a program that was started alone gets one fact a line`() {
    var facts = ClusterFacts.healthy(hosts: 1, ranksEach: 1)
    facts.ranks[0].machine.freeDisk = 1 << 30
    facts.folder = nil
    #expect(
      ReportText(facts).lines == [
        "host       n1, EPYC", "cores      16", "ranks      1, 1 thread each", "MPI        Open MPI v4.1.4",
        "SIMD       avx2, fma, avx512f, avx512_bf16", "BLAS       unknown, core Zen", "bf16       yes, oneDNN unknown",
        "memory     65536 MB, shared 32768 MB", "files      runs/a: ext4, 1024 MB free",
        "! runs/a has less than 2 GB free: a checkpoint of a large model will not fit; free space",
      ])
  }

  @Test func `several hosts are tables of hosts and links`() {
    var facts = ClusterFacts.healthy(hosts: 2, ranksEach: 2)
    facts.changeAll { $0.machine.cores = [2 * ($0.rank % 2), 2 * ($0.rank % 2) + 1] }
    facts.changeAll { $0.threads = 2 }
    facts.change(host: 1) {
      $0.host = "second"
      $0.machine.flags = ["avx2", "fma"]
    }
    facts.clocks[1] = ClockOffset(seconds: -1.5, uncertainty: 0.00025)
    facts.speed(1, 0, nil)
    let lines = ReportText(facts).lines
    #expect(lines[2] == "ranks      4, 2 threads each")
    #expect(lines[8] == "files      runs/a: ext4, 102400 MB free, a small file is on the disk after 10.0 ms")
    #expect(
      Array(lines[9..<18]) == [
        "", "host    ranks  cores    memory, MB  /dev/shm, MB  clock, ms      kernel  bf16  processor",
        "n1      0-1    4 (0-3)  65536       32768         0              6.1     yes   avx512f, EPYC",
        "second  2-3    4 (0-3)  65536       32768         -1500 ± 0.250  6.1     yes   avx2, EPYC",
        "", "MB/s to  n1    second", "n1       -     1000", "second   none  -",
        "round trips, ms: 0.100 at least, 0.100 in the middle, 0.100 at most",
      ])
    #expect(lines.contains("! second: the clock is 1.50 s behind; " + advice(facts, "clock")))
  }

  private func advice(_ facts: ClusterFacts, _ kind: String) -> String {
    facts.findings.first { $0.kind == kind }?.words(hosts: facts.hostNames).advice ?? "none"
  }

  @Test func `ranks of a host that are no neighbours are said to be no fault`() {
    var ranks = ClusterFacts.healthy(hosts: 2, ranksEach: 2).ranks
    ranks.swapAt(1, 2)
    for index in ranks.indices { ranks[index].rank = index }
    let lines = ReportText(ClusterFacts(ranks: ranks, directory: ".")).lines
    #expect(lines.contains { $0.hasPrefix("n1    0,2") } && lines.contains { $0.hasPrefix("n2    1,3") })
    #expect(lines.contains { $0.hasPrefix("Ranks of a host need not be neighbours") })
  }

  @Test func `of many hosts the slowest links are named`() {
    var facts = ClusterFacts.healthy(hosts: 9)
    facts.speed(3, 4, 0.7e9)
    facts.speed(8, 0, 0.6e9)
    let lines = ReportText(facts).lines
    let start = lines.firstIndex { $0.hasPrefix("links") } ?? 0
    #expect(
      Array(lines[start...]) == [
        "links, MB/s: 600 at least, 1000 in the middle, 1000 at most", "  n9 to n1: 600", "  n4 to n5: 700",
        "  n1 to n2: 1000", "round trips, ms: 0.100 at least, 0.100 in the middle, 0.100 at most",
      ])
  }

  @Test func `the document for programs has hosts, links, cores and findings`() throws {
    var facts = ClusterFacts.healthy(hosts: 2, ranksEach: 16)
    facts.speed(1, 0, 0.4e9)
    let object = try JSONSerialization.jsonObject(with: JSONEncoder().encode(ReportDocument(facts))) as? [String: Any]
    #expect(object?["ranks"] as? Int == 32)
    let hosts = try #require(object?["hosts"] as? [[String: Any]])
    #expect(hosts.map { $0["name"] as? String } == ["n1", "n2"])
    #expect(hosts[1]["clockOffset"] as? Double == 0.001 && hosts[0]["clockOffset"] == nil)
    #expect((object?["cores"] as? [[Int]])?.count == 32)
    let links = try #require(object?["links"] as? [[String: Any]])
    #expect(links.map { $0["from"] as? String } == ["n1", "n2"])
    #expect(links[1]["bytesPerSecond"] as? Double == 0.4e9)
    let findings = try #require(object?["findings"] as? [[String: String]])
    #expect(findings.map { $0["kind"] } == ["slowLink"])
    #expect(findings[0]["what"] == "n2 sends to n1 with 400 MB/s, where 1000 is usual" && findings[0]["advice"] != "")
  }
}
