import Foundation
import Testing

/// launch/sft.sbatch with an srun whose ranks do as they are told, and an scontrol that only writes down its arguments.
struct BatchScriptTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try folder.script("scontrol", "echo \"scontrol $*\"")
    try folder.script(
      "srun",
      """
      echo "srun $*"
      trap "exit ${STUB_PAUSED:-75}" USR1
      [[ -z ${STUB_CODE:-} ]] || exit $STUB_CODE
      for ((i = 0; i < 600; i++)); do sleep 0.05; done
      """)
  }

  private func batch(_ arguments: [String], code: String = "", paused: String = "75") throws -> Command {
    try Command(
      "launch/sft.sbatch", arguments,
      environment: [
        "PATH": folder.path + ":" + (ProcessInfo.processInfo.environment["PATH"] ?? ""), "SLURM_JOB_ID": "17",
        "SLURM_SUBMIT_DIR": "/checkout", "STUB_CODE": code, "STUB_PAUSED": paused, "VLM_DIST_PROGRAM": "",
      ])
  }

  @Test func `the step runs vlm-dist of the checkout, with a run directory of its own if none is named`() throws {
    let step = "srun --mpi=pmix --kill-on-bad-exit=1 /checkout/.build/release/vlm-dist train"
    let plain = try batch(["r.yaml"], code: "0").outcome()
    #expect(plain.code == 0 && plain.output == "\(step) r.yaml --run runs/sft\n")
    let named = try batch(["r.yaml", "--run", "x"], code: "65").outcome()
    #expect(named.code == 65 && named.output == "\(step) r.yaml --run x\n")
  }

  /// 138: the ranks were not yet ready to hear the signal.
  @Test(arguments: ["75", "138"])
  func `before the time limit the ranks save, and the job goes back into the queue`(code: String) throws {
    let job = try batch([], paused: code)
    try #require(job.wait { job.output.contains("srun") })
    usleep(200_000)
    job.send(SIGUSR1)
    let outcome = job.outcome()
    #expect("\(outcome.code)" == code)
    #expect(outcome.output.contains("scontrol requeue 17\n"), "\(outcome.output)")
  }

  @Test func `when Slurm itself ends the job, the ranks save, and nothing is put into the queue`() throws {
    let job = try batch([])
    try #require(job.wait { job.output.contains("srun") })
    usleep(200_000)
    job.send(SIGTERM)
    let outcome = job.outcome()
    #expect(outcome.code == 75)
    #expect(!outcome.output.contains("requeue"))
  }
}
