import Foundation
import Testing

/// launch/sft with a hostfile, with an mpirun that only says how it was called.
struct HostfileTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try folder.script("mpirun", "printf '%s\\n' \"$@\"; exit ${STUB_CODE:-0}")
  }

  private func sft(hostfile: String, _ arguments: [String] = [], code: Int = 0) throws -> Command.Outcome {
    try Data(hostfile.utf8).write(to: URL(fileURLWithPath: folder.path + "/hosts"))
    return try Command.run(
      "launch/sft", ["--hostfile", folder.path + "/hosts"] + arguments,
      environment: [
        "PATH": folder.path + ":" + (ProcessInfo.processInfo.environment["PATH"] ?? ""),
        "VLM_DIST_PROGRAM": Checkout.program, "STUB_CODE": "\(code)", "OMP_NUM_THREADS": "3",
      ])
  }

  @Test func `one rank per slot is started, on the named network, with the recipe and all arguments`() throws {
    let outcome = try sft(
      hostfile: "# two\nn1 slots=3\n\nn2 slots = 2 max_slots=9 # slots=50\n",
      ["recipe.yaml", "--network", "10.1.0.0/16", "--run", "a folder", "--", "--set", "seed=1"])
    #expect(outcome.code == 0)
    let call = outcome.output.split(separator: "\n").joined(separator: "|")
    #expect(call.hasSuffix("-np|5|\(Checkout.program)|train|recipe.yaml|--run|a folder|--set|seed=1"), "\(call)")
    #expect(call.contains("--hostfile|\(folder.path)/hosts|"))
    #expect(call.contains("btl_tcp_if_include|10.1.0.0/16|") && call.contains("oob_tcp_if_include|10.1.0.0/16|"))
    #expect(call.contains("-x|OMP_NUM_THREADS|"))
    #expect(!call.contains("--oversubscribe"))
  }

  @Test func `more ranks than slots are allowed when asked for`() throws {
    let outcome = try sft(hostfile: "n1 slots=2\n", ["--ranks", "4"])
    #expect(outcome.output.contains("--oversubscribe\n") && outcome.output.contains("-np\n4\n"))
  }

  @Test(arguments: ["n1\n", "n1 slots=2\nn2\n", "", "# nothing\n", "n1 slots=\n", "n1 slots=0\n"])
  func `a hostfile without slots is refused`(hostfile: String) throws {
    let outcome = try sft(hostfile: hostfile)
    #expect(outcome.code == 64)
    #expect(outcome.output.contains("every line is 'NAME slots=RANKS'"), "\(outcome.output)")
  }

  @Test func `the exit code of vlm-dist is handed through`() throws {
    for code in [65, 75, 137] {
      let outcome = try sft(hostfile: "n1 slots=1\n", code: code)
      #expect(outcome.code == code)
      #expect(outcome.output.contains("run it again to go on") == (code == 75))
    }
  }
}
