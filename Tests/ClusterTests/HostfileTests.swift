import Foundation
import Testing

/// launch/sft and launch/run with a hostfile, with an mpirun that only says how it was called.
struct HostfileTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try folder.script("ssh", "exit 0")
    try folder.script("mpirun", "printf '%s\\n' \"$@\"; exit ${STUB_CODE:-0}")
  }

  private func start(
    _ script: String = "launch/sft", hostfile: String, _ arguments: [String] = [], code: Int = 0
  ) throws -> Command.Outcome {
    try Data(hostfile.utf8).write(to: URL(fileURLWithPath: folder.path + "/hosts"))
    return try Command.run(
      script, ["--hostfile", folder.path + "/hosts"] + arguments,
      environment: [
        "PATH": folder.path + ":" + (ProcessInfo.processInfo.environment["PATH"] ?? ""),
        "VLM_DIST_PROGRAM": Checkout.program, "STUB_CODE": "\(code)", "OMP_NUM_THREADS": "3",
      ])
  }

  @Test func `one rank per slot is started, on the named network, with the recipe and all arguments`() throws {
    let outcome = try start(
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
    let outcome = try start(hostfile: "n1 slots=2\n", ["--ranks", "4"])
    #expect(outcome.output.contains("--oversubscribe\n") && outcome.output.contains("-np\n4\n"))
  }

  @Test(
    arguments: [
      ("n1\n", "n1"), ("n1 slots=2\nn2\n", "n2"), ("", "(nothing)"), ("# nothing\n", "(nothing)"),
      ("n1 slots=\n", "n1 slots="), ("n1 slots=2\nn2 slots=0", "n2 slots=0"), ("n1 max_slots=4", "n1 max_slots=4"),
    ], ["launch/sft", "launch/run"])
  func `a hostfile without slots is refused before anything is done, with the ranks given or not`(
    hostfile: (text: String, wrong: String), script: String
  ) throws {
    for ranks in [[], ["--ranks", "2"]] {
      let outcome = try start(script, hostfile: hostfile.text, ranks + ["--run", folder.path + "/run"])
      #expect(outcome.code == 64)
      let sentence = "\(folder.path)/hosts: every line is 'NAME slots=RANKS'; this is not: \(hostfile.wrong)\n"
      #expect(outcome.output.hasSuffix(sentence), "\(outcome.output)")
      #expect(!FileManager.default.fileExists(atPath: folder.path + "/run"))
    }
  }

  @Test func `the most ranks that a host may take are not those that it gets`() throws {
    let outcome = try start(hostfile: "n1 max_slots=9 slots=2\nn2 slots=1 max-slots=9")
    #expect(outcome.output.contains("-np\n3\n"), "\(outcome.output)")
  }

  @Test func `the exit code of vlm-dist is handed through`() throws {
    for code in [65, 75, 137] {
      let outcome = try start(hostfile: "n1 slots=1\n", code: code)
      #expect(outcome.code == code)
      #expect(outcome.output.contains("run it again to go on") == (code == 75))
    }
  }
}
