import Foundation
import Testing

struct ScriptTests {
  @Test(arguments: try Checkout.scripts())
  func `every script is valid bash`(script: String) throws {
    let outcome = try Command.run("/bin/bash", ["-n", Checkout.file(script).path])
    #expect(outcome.code == 0 && outcome.output == "", "\(outcome.output)")
  }

  /// In a subshell bash's random numbers begin anew, whatever the seed: what a drill did could not be done again.
  @Test(arguments: try Checkout.scripts())
  func `no script draws lots in a subshell`(script: String) throws {
    let lines = try String(contentsOf: Checkout.file(script), encoding: .utf8).split(separator: "\n")
    let code = lines.filter { !$0.drop { $0 == " " }.hasPrefix("#") }
    #expect(code.filter { $0.contains(/[$<]\([^(].*RANDOM/) } == [])
  }

  @Test(arguments: try Checkout.scripts().filter { !$0.hasSuffix(".sh") && !$0.hasPrefix(".ci") })
  func `every script explains itself`(script: String) throws {
    let outcome = try Command("/bin/bash", [Checkout.file(script).path, "--help"]).outcome(seconds: 10)
    #expect(outcome.code == 0)
    #expect(outcome.output.contains("usage: "))
    #expect(!outcome.output.contains("#"), "a line of code or comment sign went into the help")
  }

  @Test(arguments: [
    ["launch/build", "x"], ["launch/packages", "--x"], ["launch/clipart"], ["launch/smollm2"], ["launch/sft", "--x"],
    ["launch/sft", "--ranks"], ["launch/sft", "--ranks", "0"], ["launch/sft", "--hosts", "two"],
    ["launch/sft", "a.yaml", "b.yaml"], ["launch/sft", "--hosts", "2", "--hostfile", "f"],
    ["launch/sft", "--network", "10.0.0.0/8"], ["launch/sft.sbatch"], ["launch/bench", "--x"],
    ["launch/bench", "--size"],
    ["launch/bench", "--size", "huge"], ["launch/bench", "--rounds", "0"], ["launch/bench", "--steps", "many"],
    ["launch/bench", "x"], ["launch/scaling", "--hosts", "two"], ["launch/scaling", "--hosts", "2 0"],
    ["launch/scaling", "--rounds", "0"], ["launch/scaling", "--copies", "x"],
    ["launch/scaling", "--precision", "fp16"], ["launch/scaling", "--size", "smollm2"], ["launch/scaling", "--json"],
    ["cluster/virtual"], ["cluster/virtual", "up"],
    ["cluster/virtual", "up", "0"], ["cluster/virtual", "up", "65"], ["cluster/virtual", "run", "n1"],
    ["launch/run", "--x"], ["launch/run", "--run"], ["launch/run", "--max-restarts", "some"],
    ["launch/sft", "--retry-code", "75"], ["launch/run", "--retry-code", "256"],
    ["launch/run", "--hosts", "2", "--min-hosts", "3"], ["launch/run", "--min-hosts", "2"],
    ["launch/run", "--network", "10.0.0.0/8"],
    ["cluster/drills/kills", "--x", "1"], ["cluster/drills/kills", "--count", "many"],
    ["cluster/drills/signals", "--cases"],
    ["cluster/drills/stop", "x"], ["cluster/drills/link", "--hosts", "1"],
    ["cluster/drills/not-finite", "--hosts", "2"],
    ["cluster/drills/elastic", "--count", "2"],
    ["cluster/mpirun-options"], ["cluster/mpirun-options", "many"], ["cluster/drills/damage", "--variants", "0"],
    ["cluster/drills/damage", "x"], ["cluster/drills/disk", "--ranks"], ["cluster/drills/disk", "broken"],
    ["cluster/slurm"], ["cluster/slurm", "up"],
    ["cluster/slurm", "up", "0"], ["cluster/slurm", "up", "65"],
    ["cluster/drills/slurm", "x"], ["cluster/drills/slurm", "--seed", "x"], ["cluster/drills/slurm", "--dir"],
  ])
  func `wrong usage is refused with code 64 and a sentence`(command: [String]) throws {
    let program = ["VLM_DIST_PROGRAM": Checkout.program, "SLURM_JOB_ID": ""]
    let outcome = try Command.run(command[0], Array(command.dropFirst()), environment: program)
    #expect(outcome.code == 64, "\(outcome.output)")
    #expect(outcome.output.contains(": "))
  }

  @Test func `a program, hostfile or data that is not there is named, code 66`() throws {
    let program = try Command.run("launch/sft", [], environment: ["VLM_DIST_PROGRAM": "/no/vlm-dist"])
    #expect(program.code == 66 && program.output.contains("/no/vlm-dist"))
    let found = ["VLM_DIST_PROGRAM": Checkout.program]
    let data = try Command.run("cluster/drills/slurm", ["--data", "/no/data"])
    #expect(data.code == 66 && data.output.contains("/no/data"))
    let hostfile = try Command.run("launch/sft", ["--hostfile", "/no/hosts"], environment: found)
    #expect(hostfile.code == 66 && hostfile.output.contains("/no/hosts"))
  }

  @Test func `a benchmark without its peer or without a place to write to says what is missing`() throws {
    let folder = try TemporaryFolder()
    let none = folder.path + "/none"
    let absent = try Command.run("launch/bench", ["--peers", none, "--dir", folder.path])
    #expect(absent.code == 66, "\(absent.output)")
    #expect(absent.output.contains("there is no make_bench_model.py in \(none)"))
    #expect(absent.output.contains("--peers DIR"))

    for name in ["make_bench_model.py", "torch_step.py"] { try folder.script(name, "exit 1") }
    let file = folder.path + "/torch_step.py"
    let inTheWay = try Command.run("launch/bench", ["--peers", folder.path, "--dir", file + "/x"])
    #expect(inTheWay.code == 74 && inTheWay.output.contains("cannot make \(file)/x"), "\(inTheWay.output)")
    let json = try Command.run(
      "launch/bench", ["--peers", folder.path, "--dir", folder.path, "--json", none + "/table.json"])
    #expect(json.code == 74 && json.output.contains("cannot write \(none)/table.json"), "\(json.output)")
    let python = try Command.run("launch/bench", ["--peers", folder.path, "--dir", folder.path, "--python", none])
    #expect(python.code == 69 && python.output.contains("\(none) has no torch"), "\(python.output)")
    let scaling = try Command.run("launch/scaling", ["--peers", none, "--hosts", "", "--dir", folder.path])
    #expect(scaling.code == 66 && scaling.output.contains("there is no make_bench_model.py in \(none)"))
  }

  @Test func `the table of launch/scaling judges our rows, and hiding only behind a pass that is longer`() throws {
    let folder = try TemporaryFolder()
    func line(_ peer: String, hosts: Int, efficiency: Double, backward: Double, hidden: String) -> String {
      """
      {"backward_seconds": \(backward), "communication_seconds":1, "efficiency":\(efficiency), "exposed_seconds":5e-2,\
       "hosts":\(hosts),\(hidden)"peer":"\(peer)","ranks":2,"with_seconds":2.5,"without_seconds":2.25}
      """
    }
    let lines = [
      line("vlm-dist", hosts: 1, efficiency: 0.96, backward: 2, hidden: #""hidden_share":-0.5,"#),
      line("vlm-dist", hosts: 2, efficiency: 0.96, backward: 2, hidden: #""hidden_share":0.95,"#),
      line("vlm-dist", hosts: 2, efficiency: 0.85, backward: 0.5, hidden: #""hidden_share":0.75,"#),
      line("torch 2", hosts: 2, efficiency: 0.5, backward: 2, hidden: ""),
    ]
    let file = folder.path + "/lines.json"
    try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: URL(fileURLWithPath: file))
    let table = try Command.run("launch/scaling", ["--table", file])
    #expect(table.code == 0)
    #expect(
      table.output.split(separator: "\n").dropFirst(2) == [
        "| 2, 1 | vlm-dist | 2.250 | 2.500 | 0.96 (0.97: NOT met) | 1.000 | 2.000 | 0.050 | -0.50 |",
        "| 2, 2 | vlm-dist | 2.250 | 2.500 | 0.96 (0.90: met) | 1.000 | 2.000 | 0.050 | 0.95 (0.90: met) |",
        "| 2, 2 | vlm-dist | 2.250 | 2.500 | 0.85 (0.90: NOT met) | 1.000 | 0.500 | 0.050 | 0.75 |",
        "| 2, 2 | PyTorch DDP | 2.250 | 2.500 | 0.50 | 1.000 | 2.000 | 0.050 |  |",
      ], "\(table.output)")
    #expect(try Command.run("launch/scaling", ["--table", folder.path]).code == 66)
  }

  @Test(arguments: [(2, 4, false), (4, 4, false), (5, 4, true)])
  func `waiting ranks yield only where there are more of them than cores`(ranks: Int, cores: Int, yields: Bool) throws {
    let lines = try Command.run("cluster/mpirun-options", ["\(ranks)", "\(cores)"]).output.split(separator: "\n")
    #expect(lines.contains("--oversubscribe") == yields)
    #expect(lines.contains("mpi_yield_when_idle") == yields)
    for option in ["oob_tcp_keepalive_time", "oob_tcp_keepalive_intvl", "oob_tcp_keepalive_probes"] {
      let place = try #require(lines.firstIndex { $0 == option })
      #expect(lines[place - 1] == "--mca" && (Int(lines[place + 1]) ?? 99) <= 5)
    }
  }
}
