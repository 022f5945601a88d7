import Foundation
import Testing

/// `doctor`, alone and under a real mpirun.
@Suite(.serialized, .enabled(if: Mpirun.path != nil, "mpirun is not in PATH"))
struct DoctorTests {
  private static func lines(_ outcome: Mpirun.Outcome) -> [String] {
    outcome.output.split(separator: "\n").map(String.init)
  }

  @Test func `it names what is there, one fact a line`() throws {
    let outcome = try Mpirun.run(ranks: 1, program: "vlm-dist", ["doctor", "--run", "/dev/shm/not/there"])
    #expect(outcome.code == 0, "\(outcome.errors)")
    let lines = Self.lines(outcome)
    for fact in ["host", "cores", "ranks", "MPI", "SIMD", "BLAS", "bf16", "memory", "files"] {
      #expect(lines.contains { $0.hasPrefix(fact + " ") }, "\(fact)")
    }
    let cores = lines.first { $0.hasPrefix("cores") }?.split(separator: " ").last
    #expect(cores.flatMap { Int($0) } == ProcessInfo.processInfo.activeProcessorCount)
    #expect(lines.contains { $0.hasPrefix("files      /dev/shm/not/there: tmpfs, ") })
  }

  @Test func `more ranks than cores are said to take turns, once`() throws {
    let ranks = ProcessInfo.processInfo.activeProcessorCount + 1
    let outcome = try Mpirun.run(ranks: ranks, program: "vlm-dist", ["doctor"])
    #expect(outcome.code == 0, "\(outcome.errors)")
    #expect(Self.lines(outcome).filter { $0.hasPrefix("! \(ranks) ranks on \(ranks - 1) cores take turns") }.count == 1)
  }

  @Test func `all ranks are looked at, and the run directory is left as it was`() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("doctor-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let outcome = try Mpirun.run(ranks: 3, program: "vlm-dist", ["doctor", "--json", "--run", folder.path + "/run"])
    #expect(outcome.code == 0, "\(outcome.errors)")
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == [])
    let object = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any]
    let report = try #require(object, "\(outcome.output)")
    #expect(report["ranks"] as? Int == 3)
    #expect((report["cores"] as? [[Int]])?.count == 3)
    let hosts = try #require(report["hosts"] as? [[String: Any]])
    #expect(hosts.count == 1 && hosts[0]["ranks"] as? [Int] == [0, 1, 2])
    #expect((report["links"] as? [Any])?.count == 0)
    let place = try #require(report["folder"] as? [String: Any])
    #expect(place["path"] as? String == folder.path && place["sync_seconds"] as? Double ?? 0 > 0)
    // Ranks of one host: they share memory and have one version of everything.
    let kinds = try #require(report["findings"] as? [[String: String]]).compactMap { $0["kind"] }
    for kind in ["notShared", "versions", "folderNotSeen"] { #expect(!kinds.contains(kind), "\(kinds)") }
  }

  @Test func `ranks that OpenMP has bound to one core are found`() throws {
    let (mpirun, all) = Mpirun.command(ranks: 2, program: "vlm-dist", ["doctor"])
    let outcome = try Mpirun.launch(mpirun, ["-x", "OMP_PROC_BIND=true"] + all)
    let cores = ProcessInfo.processInfo.activeProcessorCount
    try #require(cores > 1)
    let line = "! 2 ranks on 1 core take turns; use as many ranks as cores for speed, or allow more than 1 of "
    let found = Self.lines(outcome).contains { $0.hasPrefix(line) && $0.hasSuffix("(unset OMP_PROC_BIND)") }
    #expect(found, "\(outcome.output)")
  }
}
