import Foundation
import Testing

/// Standard streams that are full, closed, or read by nobody.
@Suite(.serialized, .enabled(if: Mpirun.path != nil, "mpirun is not in PATH"))
struct StreamTests {
  private let world: World
  private var run: String { world.path + "/run" }

  init() throws { world = try World() }

  /// The program in bash, which does `redirection` with it.
  private func command(_ redirection: String, _ arguments: [String]) throws -> Mpirun.Outcome {
    try Mpirun.launch(
      "/bin/bash", ["-c", "set -o pipefail; \"$@\" \(redirection)", "bash", Mpirun.pathOf("vlm-dist")] + arguments)
  }

  @Test(arguments: ["2>/dev/full", "2>&1 >/dev/null | true", "<&- >&- 2>&-"])
  func `a training goes on without anybody to tell`(redirection: String) throws {
    let outcome = try command(redirection, ["train", world.recipe, "--run", run, "--set", "stages.0.until.steps=3"])
    #expect(outcome.code == 0, "\(outcome.errors)")
    #expect(FileManager.default.fileExists(atPath: run + "/checkpoints/step-3"))
    // What was said went into no file of the run.
    for (name, start) in [("metrics.jsonl", "{"), ("journal.jsonl", "{"), ("lock", "process ")] {
      #expect(try world.read("run/" + name).split(separator: "\n").allSatisfy { $0.hasPrefix(start) }, "\(name)")
    }
  }

  @Test func `a result that cannot be written is no success`() throws {
    #expect(try command("", ["train", world.recipe, "--run", run, "--set", "stages.0.until.steps=1"]).code == 0)
    let model = world.path + "/model"
    #expect(try command("", ["export", run, model]).code == 0)
    let cases = [
      ["train", world.recipe, "--dry-run"], ["checkpoint", "list", run], ["bench", "gemm"],
      ["data", "inspect", world.path + "/data/chat.json"],
      ["generate", "--model", model, "--prompt", "What?", "--max-tokens", "3"],
    ]
    for arguments in cases {
      let outcome = try command(">/dev/full", arguments)
      #expect(outcome.code == 74, "\(arguments): \(outcome.errors)")
      let words = "vlm-dist: cannot write to stdout: No space left on device"
      #expect(outcome.complaint.hasPrefix(words), "\(arguments): \(outcome.errors)")
    }
    // The same where it is a pipe that nobody reads any more.
    let left = try Mpirun.launch(
      "/bin/bash",
      ["-c", "set -o pipefail; { sleep 0.5; \"$@\"; } | true", "bash", Mpirun.pathOf("vlm-dist"), "data", "inspect"]
        + [world.path + "/data/chat.json"])
    #expect(left.code == 74 && left.complaint.contains("stdout: Broken pipe"), "\(left.errors)")
  }
}
