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
}
