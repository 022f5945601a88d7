import Foundation
import Testing

/// launch/sft.sbatch with an srun whose ranks do as they are told, and an scontrol that knows the job's state and
/// otherwise only writes down its arguments.
struct BatchScriptTests {
  private let folder: TemporaryFolder
  private var run: String { folder.path + "/run" }

  init() throws {
    folder = try TemporaryFolder()
    try FileManager.default.createDirectory(
      atPath: folder.path + "/checkout/.build/release", withIntermediateDirectories: true)
    try folder.script("checkout/.build/release/vlm-dist", "exit 1")
    try folder.script(
      "scontrol",
      """
      echo "scontrol $*"
      [[ $1 != show ]] || echo "JobId=17 JobState=${STUB_STATE:-RUNNING}"
      """)
    try folder.script(
      "srun",
      """
      echo "srun $*"
      trap "exit ${STUB_PAUSED:-75}" USR1
      [[ -z ${STUB_CODE:-} ]] || exit $STUB_CODE
      for ((i = 0; i < 600; i++)); do sleep 0.05; done
      """)
  }

  private func batch(
    _ arguments: [String], _ environment: [String: String] = [:], script: String = "launch/sft.sbatch"
  ) throws -> Command {
    let path = folder.path + ":" + (ProcessInfo.processInfo.environment["PATH"] ?? "")
    let common = [
      "PATH": path, "SLURM_JOB_ID": "17", "SLURM_JOB_NODELIST": "n[1-3]", "SLURM_JOB_CPUS_PER_NODE": "4(x2),3",
      "SLURM_SUBMIT_DIR": folder.path + "/checkout", "VLM_DIST_PROGRAM": "",
    ]
    return try Command(
      script, arguments + ["--run", run], environment: common.merging(environment) { $1 })
  }

  /// Lines that the stubs wrote, but not the script's own, which begin with the time.
  private func calls(_ outcome: Command.Outcome) -> [String] {
    outcome.output.split(separator: "\n").map(String.init).filter { $0.hasPrefix("srun ") || $0.hasPrefix("scontrol ") }
  }

  private func save(_ step: Int) throws {
    let checkpoint = "\(run)/checkpoints/step-\(step)"
    try FileManager.default.createDirectory(atPath: checkpoint, withIntermediateDirectories: true)
    try Data("{}".utf8).write(to: URL(fileURLWithPath: checkpoint + "/manifest.json"))
  }

  private static let again = "scontrol requeue 17"

  @Test func `the step has one rank for each processor of the smallest node, and all arguments`() throws {
    let step = "srun --mpi=pmix --ntasks-per-node=3 --kill-on-bad-exit=1"
    let program = folder.path + "/checkout/.build/release/vlm-dist"
    let done = try batch(["r.yaml", "--set", "seed=a b"], ["STUB_CODE": "0"]).outcome()
    #expect(done.code == 0)
    #expect(calls(done) == ["\(step) \(program) train r.yaml --set seed=a b --run \(run)"])
  }

  @Test func `a number of ranks that is asked for counts`() throws {
    let slurm = try batch([], ["STUB_CODE": "0", "SLURM_NTASKS_PER_NODE": "2"]).outcome()
    #expect(slurm.output.contains(" --ntasks-per-node=2 "))
    let ours = try batch([], ["STUB_CODE": "0", "SLURM_NTASKS_PER_NODE": "2", "VLM_DIST_RANKS_PER_NODE": "1"]).outcome()
    #expect(ours.output.contains(" --ntasks-per-node=1 "))
  }

  @Test func `a program that is not there is named, code 66`() throws {
    let outcome = try batch([], ["VLM_DIST_PROGRAM": "/no/vlm-dist"]).outcome()
    #expect(outcome.code == 66 && outcome.output.contains("no program /no/vlm-dist"), "\(outcome.output)")
    #expect(calls(outcome) == [])
  }

  @Test(arguments: [SIGUSR1, SIGUSR2, SIGTERM, SIGINT])
  func `asked to stop by any signal the ranks save, and the job goes back into the queue`(signal: Int32) throws {
    let job = try batch([])
    try #require(job.wait { job.output.contains("srun") })
    usleep(200_000)
    job.send(signal)
    let outcome = job.outcome()
    #expect(outcome.code == 75)
    #expect(calls(outcome).last == Self.again, "\(outcome.output)")
  }

  @Test func `a signal that the ranks were not yet ready to hear puts the job back too`() throws {
    let job = try batch([], ["STUB_PAUSED": "138"])
    try #require(job.wait { job.output.contains("srun") })
    usleep(200_000)
    job.send(SIGUSR1)
    let outcome = job.outcome()
    #expect(outcome.code == 138 && calls(outcome).last == Self.again, "\(outcome.output)")
  }

  @Test(arguments: ["75", "137"])
  func `a job that was cancelled, or that Slurm has queued again, is left alone`(code: String) throws {
    for state in ["COMPLETING", "CANCELLED", "PENDING"] {
      let outcome = try batch([], ["STUB_CODE": code, "STUB_STATE": state]).outcome()
      #expect("\(outcome.code)" == code)
      #expect(!calls(outcome).contains(Self.again), "\(outcome.output)")
    }
  }

  @Test(arguments: [0, 64, 65, 66, 69])
  func `what another start would not change ends the job with its code`(code: Int32) throws {
    let outcome = try batch([], ["STUB_CODE": "\(code)"]).outcome()
    #expect(outcome.code == code)
    #expect(!calls(outcome).contains(Self.again))
  }

  /// 70: a rank whose peer is lost. 74: a file server that is away. 1, 233: srun itself. 143: before the ranks listen.
  @Test(arguments: [1, 70, 74, 137, 139, 143, 233])
  func `a lost rank or node puts the job back`(code: Int32) throws {
    let outcome = try batch([], ["STUB_CODE": "\(code)"]).outcome()
    #expect(outcome.code == code)
    #expect(calls(outcome).last == Self.again, "\(outcome.output)")
  }

  @Test func `losses put the job back only so often, until there is a newer checkpoint`() throws {
    func isQueued(_ restarts: Int) throws -> Bool {
      let outcome = try batch(
        [], ["STUB_CODE": "137", "SLURM_RESTART_COUNT": "\(restarts)", "VLM_DIST_RESTARTS": "2"]
      ).outcome()
      #expect(outcome.code == 137)
      return calls(outcome).contains(Self.again)
    }
    #expect(try (0...2).map(isQueued) == [true, true, false])
    try save(90)
    #expect(try (3...5).map(isQueued) == [true, true, false])
    // Newer by number, not by name.
    try save(100)
    #expect(try (6...8).map(isQueued) == [true, true, false])
    try save(101)
    #expect(try isQueued(9))
    // Another job begins to count anew.
    let other = try batch([], ["STUB_CODE": "137", "VLM_DIST_RESTARTS": "1", "SLURM_JOB_ID": "18"]).outcome()
    #expect(calls(other).last == "scontrol requeue 18")
  }

  /// Such as after 74, where the run's file system is full or away.
  @Test func `where losses cannot be written down, Slurm's restarts count`() throws {
    try Data().write(to: URL(fileURLWithPath: run))
    for restarts in 0...3 {
      let outcome = try batch([], ["STUB_CODE": "74", "SLURM_RESTART_COUNT": "\(restarts)"]).outcome()
      #expect(outcome.code == 74 && calls(outcome).contains(Self.again) == (restarts < 3))
      #expect(outcome.output.contains("\(run) cannot be written") == (restarts == 3), "\(outcome.output)")
    }
  }

  @Test func `a log on a full disk keeps no job from going back`() throws {
    let script = Checkout.file("launch/sft.sbatch").path
    try folder.script("full", "exec \(script) \"$@\" 2>/dev/full")
    let outcome = try batch([], ["STUB_CODE": "74"], script: folder.path + "/full").outcome()
    #expect(outcome.code == 74 && calls(outcome).last == Self.again)
  }

  @Test func `--fresh is for the first start alone`() throws {
    let first = try batch(["--fresh"], ["STUB_CODE": "0"]).outcome()
    #expect(first.output.contains("train --fresh --run"))
    let second = try batch(["--fresh"], ["STUB_CODE": "0", "SLURM_RESTART_COUNT": "1"]).outcome()
    #expect(second.output.contains("train --run"))
  }
}
