import Communication
import Testing

@testable import Diagnosis

/// What users read.
struct WordsTests {
  private let hosts = ["n1", "n2", "n3"]

  @Test func `every finding is one line that ends in what to do`() {
    let variants = [
      Finding.Variant(value: "1", hosts: ["n1", "n2"]), Finding.Variant(value: "2", hosts: ["n3"]),
    ]
    let include = "--mca btl_tcp_if_include"
    let cases: [(Finding, place: String, what: String, advice: String)] = [
      (.lacksAVX2(hosts: ["n2"]), "n2", "lacks AVX2 or FMA", "VLM_DIST_MARCH=x86-64-v2"),
      (.lacksBFloat16(hosts: hosts), "", "no bf16 instructions", "precision: fp32"),
      (.forcedCore(hosts: ["n1", "n2"], core: "Zen"), "n1 and n2", "OPENBLAS_CORETYPE=Zen forces", "unset it"),
      (.smallSharedMemory(host: "n1", ranks: 8), "n1", "too small for 8 ranks", "512 MB (docker run --shm-size"),
      (.networkFileSystem(hosts: hosts, directory: "r"), "", "r is on a network file system", "fastest that all"),
      (.littleDisk(hosts: ["n3"], directory: "r"), "n3", "r has less than 2 GB free", "free space"),
      (.versions(component: "MPI", variants: variants), "", "MPI differs: 1 on n1 and n2, 2 on n3", "openmpi-bin"),
      (.versions(component: "vlm-dist", variants: variants), "", "vlm-dist differs", "copy one build to all hosts"),
      (.versions(component: "OpenBLAS", variants: variants), "", "OpenBLAS differs", "libopenblas0"),
      (.versions(component: "oneDNN", variants: variants), "", "oneDNN differs", "libdnnl"),
      (.versions(component: "zstd", variants: variants), "", "zstd differs", "libzstd1"),
      (.versions(component: "C library", variants: variants), "", "C library differs", "same release of the system"),
      (.versions(component: "libjpeg", variants: variants), "", "libjpeg differs", "the package with libjpeg"),
      (.processors(variants: variants), "", "processors differ, and with them the last bits", "ONEDNN_MAX_CPU_ISA"),
      (.setting(variable: "X", variants: variants), "", "X differs: 1 on n1 and n2, 2 on n3", "mpirun -x X"),
      (.clock(host: "n2", seconds: 75.25), "n2", "the clock is 75.2 s ahead", "chrony"),
      (.clock(host: "n2", seconds: -2), "n2", "the clock is 2.00 s behind", "chrony"),
      (.oneMachine(hosts: ["n1", "n2"]), "", "n1 and n2 are containers of one machine", "podAntiAffinity"),
      (.unevenRanks(variants: variants), "", "ranks per host: 1 on n1 and n2, 2 on n3", "--map-by ppr:RANKS:node"),
      (
        .takeTurns(hosts: ["n1"], ranks: 4, threads: 4, cores: 2, unused: 0, binding: nil), "n1",
        "4 ranks on 2 cores take turns", "use as many ranks as cores for speed"
      ),
      (
        .takeTurns(hosts: ["n1"], ranks: 2, threads: 4, cores: 1, unused: 15, binding: nil), "n1",
        "2 ranks with 4 threads on 1 core take turns", "allow more than 1 of 16 (mpirun --bind-to none"
      ),
      (
        .takeTurns(hosts: ["n1"], ranks: 1, threads: 4, cores: 2, unused: 1, binding: "OMP_PROC_BIND"), "n1",
        "1 rank with 4 threads on 2 cores take", "(unset OMP_PROC_BIND)"
      ),
      (
        .crowded(host: "n1", ranks: [0, 1, 2, 5], threads: 4, cores: [3], binding: nil), "n1",
        "ranks 0-2,5 may use only core 3, though", "--bind-to none"
      ),
      (
        .crowded(host: "n1", ranks: [7], threads: 4, cores: [3, 4], binding: "GOMP_CPU_AFFINITY"), "n1",
        "rank 7 with 4 threads may use only cores 3-4", "unset GOMP_CPU_AFFINITY"
      ),
      (.quota(hosts: ["n1"], cores: 1.5, threads: 4), "n1", "gives 1.50 cores' worth of time to 4", "limits.cpu"),
      (.idleCores(hosts: hosts, threads: 2, cores: 16), "", "2 of 16 cores have work", "start 16 ranks"),
      (
        .notShared(host: "n1", count: 1, fault: SharingFault(rank: 1, owner: 0, code: 13)), "n1",
        "rank 1 cannot open the memory of rank 0 (Permission denied): on all hosts", "ptrace"
      ),
      (
        .notShared(host: "n1", count: 3, fault: SharingFault(rank: 1, owner: 0, code: 2)), "n1",
        "(No such file or directory), nor 2 more of the host", "hidepid"
      ),
      (
        .notShared(host: "n1", count: 1, fault: SharingFault(rank: 1, owner: 0, code: 24)), "n1",
        "(Too many open files)", "ulimit -n"
      ),
      (
        .notShared(host: "n1", count: 1, fault: SharingFault(rank: 1, owner: 1, code: 12)), "n1",
        "rank 1 gets no memory to share (Cannot allocate memory)", "ulimit -n"
      ),
      (
        .interfaces(host: "n1", names: ["eth0", "docker0"], common: "10.1.0.0/16"), "n1", "eth0 and docker0 lead",
        "\(include) 10.1.0.0/16"
      ),
      (
        .interfaces(host: "n1", names: ["a", "b", "c"], common: nil), "n1", "a, b and c lead out", "\(include) NETWORK"
      ),
      (.noAnswer(from: "n1", to: "n3"), "", "n1 and n3 do not reach each other", "firewall"),
      (
        .slowHost(host: "n1", sends: true, speed: 45e6, usual: 1e9), "n1",
        "sends 45.0 MB/s at the worst, where 1000 is", include
      ),
      (.slowHost(host: "n1", sends: false, speed: 45e6, usual: 1e9), "n1", "receives 45.0 MB/s", "cable"),
      (
        .slowLink(from: "n1", to: "n2", speed: 4.5e6, usual: 1e9, others: 0), "",
        "n1 sends to n2 with 4.50 MB/s, where 1000 is usual;", include
      ),
      (.slowLink(from: "n1", to: "n2", speed: 45e6, usual: 1e9, others: 4), "", "(and 4 more links)", "switches"),
      (
        .narrowLinks(count: 2, all: 6, from: "n1", to: "n2", speed: 45e6), "",
        "2 of 6 links carry less than 1 Gb/s, the worst n1 to n2 with 45.0 MB/s", "faster network"
      ),
      (.folderNotWritable(host: "n1", path: "/r", fault: "why"), "n1", "cannot write in /r (why)", "--run"),
      (.folderNotSeen(hosts: ["n3"], writer: "n1", path: "/r"), "n3", "what n1 writes in /r", "mount one"),
      (.slowSync(path: "/r", seconds: 0.75), "", "in /r takes 0.750 s", "faster file system"),
    ]
    for (finding, place, what, advice) in cases {
      let words = finding.words(hosts: hosts)
      #expect(words.place == place, "\(finding)")
      #expect((words.what + ";").contains(what), "\(words.what)")
      #expect(words.advice.contains(advice), "\(words.advice)")
      #expect(words.line == (place.isEmpty ? "" : place + ": ") + words.what + "; " + words.advice)
      #expect(!words.line.contains("\n"))
    }
    // A case that is added wants its words here.
    #expect(Set(cases.map(\.0.kind)).count == 25)
  }

  @Test func `a long list is cut short`() {
    func list(_ count: Int) -> String { Finding.list((0..<count).map { "n\($0)" }) }
    #expect(list(0) == "" && list(1) == "n0" && list(2) == "n0 and n1")
    #expect(list(5) == "n0, n1, n2, n3 and n4")
    #expect(list(64) == "n0, n1, n2, n3 and 60 more")
  }

  @Test func `a rank that is silent is named with what to do`() {
    let line = "\(SurveyError.silent(peer: 3, seconds: 15))"
    #expect(line.hasPrefix("rank 3 did not answer rank 0 within 15 s: "))
    #expect(line.contains("btl_tcp_if_include"))
  }
}
