import Communication
import Testing

@testable import Diagnosis

private typealias Variant = Finding.Variant

/// What follows from facts, by facts that are made up: one thing is changed on three healthy hosts of 16 ranks.
struct FindingTests {
  /// Everything that was found is exactly this.
  private func expect(_ expected: [Finding], hosts: Int = 3, _ change: (inout ClusterFacts) -> Void) {
    var facts = ClusterFacts.healthy(hosts: hosts)
    change(&facts)
    #expect(facts.findings == expected)
  }

  @Test(arguments: [1, 2, 3, 9]) func `nothing is wrong with healthy hosts`(hosts: Int) {
    expect([], hosts: hosts) { _ in }
    expect([], hosts: hosts) { $0.folder = nil }
  }

  @Test func `what single hosts lack`() {
    expect([.lacksAVX2(hosts: ["n1", "n2", "n3"])]) { $0.changeAll { $0.machine.flags = ["avx2"] } }
    expect([.lacksBFloat16(hosts: ["n1", "n2", "n3"])]) { $0.changeAll { $0.hasBFloat16 = false } }
    expect([.forcedCore(hosts: ["n1", "n2", "n3"], core: "Zen")]) {
      $0.changeAll { $0.settings["OPENBLAS_CORETYPE"] = "Zen" }
    }
    expect([.smallSharedMemory(host: "n2", ranks: 16)]) {
      $0.change(host: 1) { $0.machine.sharedMemory = (1 << 30) - 1 }
    }
    expect([]) { $0.change(host: 1) { $0.machine.sharedMemory = 1 << 30 } }
    expect([.networkFileSystem(hosts: ["n3"], directory: "runs/a")]) {
      $0.change(host: 2) { $0.machine.fileSystem = "nfs4" }
    }
    expect([.littleDisk(hosts: ["n1", "n2"], directory: "runs/a")]) { facts in
      for host in 0...1 { facts.change(host: host) { $0.machine.freeDisk = (2 << 30) - 1 } }
    }
  }

  @Test func `what hosts do not have in common`() {
    expect([
      .versions(
        component: "MPI",
        variants: [Variant(value: "Open MPI v4.1.4", hosts: ["n1", "n3"]), Variant(value: "v5", hosts: ["n2"])])
    ]) { $0.change(host: 1) { $0.versions["MPI"] = "v5" } }
    // One rank of a host may have been started with another program.
    expect([
      .versions(
        component: "vlm-dist",
        variants: [Variant(value: "abc", hosts: ["n1", "n2", "n3"]), Variant(value: "def", hosts: ["n1"])])
    ]) { $0.ranks[5].versions["vlm-dist"] = "def" }
    expect([
      .versions(
        component: "libjpeg",
        variants: [Variant(value: "62.3.0", hosts: ["n1", "n2"]), Variant(value: "none", hosts: ["n3"])])
    ]) { $0.change(host: 2) { $0.versions["libjpeg"] = nil } }
    expect([
      .setting(
        variable: "OMPI_MCA_pml",
        variants: [Variant(value: "not set", hosts: ["n1", "n2"]), Variant(value: "ucx", hosts: ["n3"])])
    ]) { $0.change(host: 2) { $0.settings["OMPI_MCA_pml"] = "ucx" } }
    expect([
      .unevenRanks(variants: [Variant(value: "16", hosts: ["n1", "n2"]), Variant(value: "15", hosts: ["n3"])]),
      .idleCores(hosts: ["n3"], threads: 15, cores: 16),
    ]) { facts in
      var smaller = ClusterFacts(ranks: facts.ranks.dropLast(), directory: "runs/a")
      (smaller.links, smaller.clocks) = (facts.links, facts.clocks)
      facts = smaller
    }
  }

  @Test func `processors that compute other bits`() {
    let usual = Variant(value: "EPYC, OpenBLAS core Zen", hosts: ["n1", "n2"])
    func other(_ value: String) -> Finding { .processors(variants: [usual, Variant(value: value, hosts: ["n3"])]) }
    expect([other("Xeon, OpenBLAS core Zen")]) { $0.change(host: 2) { $0.machine.processor = "Xeon" } }
    expect([other("EPYC, OpenBLAS core Haswell")]) { $0.change(host: 2) { $0.blasCore = "Haswell" } }
    expect([other("EPYC, OpenBLAS core Zen, oneDNN without AVX-512")]) { $0.change(host: 2) { $0.hasAVX512 = false } }
    expect([
      other("EPYC without avx512f avx512_bf16, OpenBLAS core Zen, oneDNN without AVX-512 and bf16"),
      .lacksBFloat16(hosts: ["n3"]),
    ]) {
      $0.change(host: 2) {
        $0.machine.flags = ["avx2", "fma"]
        ($0.hasAVX512, $0.hasBFloat16) = (false, false)
      }
    }
    // A release of the kernel or the size of the memory changes no bits.
    expect([]) {
      $0.change(host: 2) {
        $0.machine.kernel = "5.10"
        $0.machine.memory = 1 << 30
      }
    }
  }

  @Test func `clocks that are off by more than the message was under way`() {
    expect([.clock(host: "n2", seconds: -2)]) { $0.clocks[1] = ClockOffset(seconds: -2, uncertainty: 0.9) }
    expect([]) { $0.clocks[1] = ClockOffset(seconds: -2, uncertainty: 1.1) }
    expect([]) { $0.clocks[1] = ClockOffset(seconds: 0.9, uncertainty: 0) }
  }

  @Test func `hosts that are one machine share its cores`() {
    expect([
      .oneMachine(hosts: ["n1", "n3"]),
      .takeTurns(hosts: ["n1", "n3"], ranks: 32, threads: 32, cores: 16, unused: 0, binding: nil),
    ]) { $0.change(host: 2) { $0.machine.boot = "boot 1" } }
    // Not known is not the same.
    expect([]) { $0.changeAll { $0.machine.boot = "" } }
  }

  @Test func `hosts with one name are told apart by their first rank`() {
    var facts = ClusterFacts.healthy(hosts: 3)
    facts.change(host: 2) { $0.host = "n1" }
    #expect(facts.hostNames == ["n1 (rank 0)", "n2", "n1 (rank 32)"])
  }

  @Test func `memory that ranks of a host cannot share`() {
    let faults = [SharingFault(rank: 17, owner: 16, code: 13), SharingFault(rank: 18, owner: 16, code: 13)]
    expect([.notShared(host: "n2", count: 2, fault: faults[0])]) { $0.sharing = faults }
  }

  @Test func `a run directory that is not one`() {
    expect([.folderNotWritable(host: "n1", path: "/runs", fault: "create: Permission denied")]) {
      $0.folder?.fault = "create: Permission denied"
      $0.folder?.syncSeconds = nil
    }
    expect([.folderNotSeen(hosts: ["n2", "n3"], writer: "n1", path: "/runs")]) { $0.folder?.blindHosts = [1, 2] }
    expect([.slowSync(path: "/runs", seconds: 0.6)]) { $0.folder?.syncSeconds = 0.6 }
  }
}
