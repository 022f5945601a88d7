import Foundation
import Testing

/// The real program, which a library's own variable lets compute as on another processor.
@Suite(.serialized, .enabled(if: Mpirun.path != nil, "mpirun is not in PATH"))
struct ArithmeticRunTests {
  /// Every x86-64 processor can, and none of the last ten years does by itself.
  private static let old = "OPENBLAS_CORETYPE=Nehalem"

  /// A run of four steps on two ranks, each with variables of its own.
  private func train(_ world: World, first: [String] = [], second: [String] = []) throws -> Mpirun.Outcome {
    let train = ["train", world.recipe, "--run", world.path + "/run", "--set", "stages.0.until.steps=4"]
    let (path, all) = Mpirun.command(ranks: 1, program: "vlm-dist", train)
    let program = all.count - train.count - 1
    func rank(_ environment: [String]) -> [String] { ["/usr/bin/env"] + environment + all[program...] }
    return try Mpirun.launch(path, all[..<program] + rank(first) + [":", "-n", "1"] + rank(second))
  }

  private func warnings(_ world: World) throws -> [Substring] {
    try world.read("run/journal.jsonl").split(separator: "\n").filter { $0.contains("\"event\": \"warning\"") }
  }

  @Test func `a run that goes on with another kernel of OpenBLAS says so once, and one that does not, nothing`() throws
  {
    let world = try World()
    for environment in [[], [], [Self.old]] {
      let outcome = try train(world, first: environment, second: environment)
      #expect(outcome.code == 0, "\(outcome.errors)")
      let expected = environment.isEmpty ? 0 : 1
      #expect(outcome.complaints.count == expected, "\(outcome.complaints)")
      let lines = try warnings(world)
      #expect(lines.count == expected)
      for sentence in outcome.complaints + lines.map(String.init) {
        #expect(
          sentence.contains("this run is not computed as before: OpenBLAS (was ") && sentence.contains("Nehalem); it"))
      }
      try FileManager.default.removeItem(atPath: world.path + "/run/checkpoints/step-4")
    }
    #expect(try world.read("run/journal.jsonl").contains(#""arithmetic": {"#))
  }

  @Test func `ranks that compute differently are said with their hosts`() throws {
    let world = try World()
    let outcome = try train(world, second: [Self.old])
    #expect(outcome.code == 0, "\(outcome.errors)")
    #expect(outcome.complaint.hasPrefix("vlm-dist: the ranks compute differently: OpenBLAS "))
    let host = ProcessInfo.processInfo.hostName
    #expect(outcome.complaint.contains(", core Nehalem on \(host); the run goes on"))
    #expect(try warnings(world).count == 1)
  }
}
