import Foundation
import Testing

/// launch/sft beside the records in RUN/flight that ranks leave when they give a run up.
struct GivenUpTests {
  private let folder: TemporaryFolder
  private var run: String { folder.path + "/a run" }
  private var record: String { run + "/flight/rank-0.json" }

  init() throws {
    folder = try TemporaryFolder()
    // The script's own pauses are counted, and short: no time is measured here.
    try folder.script("sleep", "echo >>\"${0%/*}/pauses\"; exec /bin/sleep 0.01")
  }

  /// With an mpirun that does this to RUN, then ends after 20 more pauses of the script unless it is killed before.
  private func sft(whileRanksRun change: String) throws -> Command.Outcome {
    try folder.script(
      "mpirun",
      """
      cd "${0%/*}"
      until [[ -s pauses ]]; do /bin/sleep 0.01; done
      \(change)
      begun=$(wc -l <pauses)
      for ((i = 0; i < 2000 && $(wc -l <pauses) < begun + 20; i++)); do /bin/sleep 0.01; done
      """)
    return try Command.run(
      "launch/sft", ["--run", run, "--ranks", "1"],
      environment: [
        "PATH": folder.path + ":" + (ProcessInfo.processInfo.environment["PATH"] ?? ""),
        "VLM_DIST_PROGRAM": Checkout.program,
      ])
  }

  private func leaveRecord() throws {
    try FileManager.default.createDirectory(atPath: run + "/flight", withIntermediateDirectories: true)
    try Data("{}".utf8).write(to: URL(fileURLWithPath: record))
  }

  @Test(arguments: [":", "mv 'a run' 'a run.old-1'", "rm -r 'a run/flight'"])
  func `records of an earlier loss do not end a run, nor does that they are gone`(change: String) throws {
    try leaveRecord()
    let outcome = try sft(whileRanksRun: change)
    #expect(outcome.code == 0, "\(outcome.output)")
  }

  @Test(arguments: [false, true])
  func `a new record ends an mpirun that does not end by itself, code 76`(afterAnEarlierLoss: Bool) throws {
    if afterAnEarlierLoss { try leaveRecord() }
    let outcome = try sft(
      whileRanksRun: "mkdir -p 'a run/flight'; echo '{}' >new; mv new 'a run/flight/rank-0.json'")
    #expect(outcome.code == 76, "\(outcome.output)")
  }
}
