import Foundation
import Testing

/// What `train` does before its first step, and what it leaves alone.
@Suite(.serialized, .enabled(if: Mpirun.path != nil, "mpirun is not in PATH"))
struct StartTests {
  private let world: World

  init() throws { world = try World() }

  private func train(_ arguments: String...) throws -> Mpirun.Outcome {
    try Mpirun.runAlone(program: "vlm-dist", ["train"] + arguments)
  }

  private func names(_ folder: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
  }

  @Test func `a run directory is set aside for a recipe that holds, and for no other`() throws {
    let run = world.path + "/run"
    try FileManager.default.createDirectory(atPath: run, withIntermediateDirectories: true)
    try Data("mine".utf8).write(to: URL(filePath: run + "/mark"))
    let before = try names(world.path)
    #expect(try train(world.recipe, "--run", run, "--fresh", "--dry-run").code == 0)
    #expect(try train(world.recipe, "--run", run, "--fresh", "--set", "zero=9").code == 64)
    #expect(try train(world.path + "/none.yaml", "--run", run, "--fresh").code == 66)
    #expect(try names(world.path) == before)
    let good = try train(world.recipe, "--run", run, "--fresh", "--set", "stages.0.until.steps=1")
    #expect(good.code == 0 && good.errors.contains("run was set aside as \(run).old-1"), "\(good.errors)")
    #expect(try names(run + ".old-1") == ["lock", "mark"])
  }

  @Test func `a dry run of the demo prints its recipe and writes nothing`() throws {
    let run = world.path + "/demo"
    let outcome = try train("--run", run, "--dry-run", "--set", "seed=31")
    #expect(outcome.code == 0 && outcome.output.contains("seed: 31"), "\(outcome.errors)")
    #expect(outcome.output.contains("path: \(run)/demo/captions.json"))
    #expect(!FileManager.default.fileExists(atPath: run))
  }

  @Test func `a dry run names a file that is not there`() throws {
    let none = world.path + "/none.json"
    let outcome = try train(world.recipe, "--dry-run", "--set", "data.captions.path=\(none)")
    #expect(outcome.code == 66 && outcome.errors.contains(none), "\(outcome.errors)")
  }

  @Test func `threads change no figure of a run`() throws {
    var first = ""
    for threads in 1...3 {
      let run = world.path + "/\(threads)"
      let steps = ["--set", "stages.0.until.steps=3", "--threads", "\(threads)"]
      let outcome = try Mpirun.runAlone(program: "vlm-dist", ["train", world.recipe, "--run", run] + steps)
      #expect(outcome.code == 0, "\(outcome.errors)")
      let losses = try String(contentsOfFile: run + "/metrics.jsonl", encoding: .utf8).split(separator: "\n").map {
        line in
        let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
        return "\(object?["loss"] ?? "-") \(object?["grad_norm"] ?? "-")"
      }.joined(separator: "\n")
      if threads == 1 { first = losses }
      #expect(losses == first && losses.split(separator: "\n").count == 3)
    }
    #expect(try train(world.recipe, "--threads", "0").code == 64)
  }

  private static let taskset = "/usr/bin/taskset"

  @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: taskset)))
  func `a process that is bound to a core computes with one thread`() throws {
    let run = world.path + "/bound"
    let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8).split(separator: "\n")
    let allowed = try #require(status.first { $0.hasPrefix("Cpus_allowed_list") })
    let core = try #require(allowed.split { !$0.isNumber }.first)
    let command = [Mpirun.pathOf("vlm-dist"), "train", world.recipe, "--run", run, "--set", "stages.0.until.steps=1"]
    let outcome = try Mpirun.launch(Self.taskset, ["--cpu-list", String(core)] + command)
    #expect(outcome.code == 0, "\(outcome.errors)")
    #expect(try String(contentsOfFile: run + "/journal.jsonl", encoding: .utf8).contains(#""threads": "1""#))
  }
}
