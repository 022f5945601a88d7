import Foundation
import Testing

/// The fault drills of cluster/drills in their quick form: real kills of real ranks under launch/run. Each drill itself
/// says what does not hold, and ends with code 1 then.
@Suite(.serialized) struct DrillTests {
  private func drill(_ name: String, _ arguments: [String] = []) throws -> Command.Outcome {
    let cluster = VirtualCluster()
    let outcome = try Command("cluster/drills/\(name)", arguments, environment: cluster.environment)
      .outcome(seconds: 300)
    #expect(outcome.code == 0, "\(outcome.output)")
    #expect(!outcome.output.contains("not true that") && !outcome.output.contains("| NO |"), "\(outcome.output)")
    return outcome
  }

  /// The cells of the rows of a drill's tables, without their heads.
  private func rows(_ outcome: Command.Outcome) -> [[String]] {
    outcome.output.split(separator: "\n").filter { $0.hasPrefix("| ") }.map {
      $0.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
    }
  }

  @Test func `after 25 kills of ranks and of mpirun the weights are those of an undisturbed run`() throws {
    let rows = rows(try drill("kills", ["--count", "25", "--ranks", "2"]))
    let last = try #require(rows.last)
    #expect(last[2] == "25" && (Int(last[4]) ?? 0) > 0 && last[4] == last[5], "\(rows)")
    #expect(rows.contains { $0[0] == "mpirun" })
  }

  @Test func `a drill that ends before its time says why`() throws {
    let folder = try TemporaryFolder()
    let environment = VirtualCluster().environment.merging(["TMPDIR": folder.path]) { $1 }
    // The drill's own folder, once its run has begun.
    func work() -> String? {
      ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).map { "\(folder.path)/\($0)" }
        .first { FileManager.default.fileExists(atPath: $0 + "/run/supervisor.json") }
    }
    let stopped = try Command("cluster/drills/kills", ["--ranks", "2"], environment: environment)
    #expect(stopped.wait(seconds: 60) { work() != nil })
    stopped.send(SIGTERM)
    let outcome = stopped.outcome(seconds: 60)
    #expect(outcome.code == 143 && outcome.output.contains("kills: ended by SIGTERM"), "\(outcome.output)")
    #expect(work() == nil)

    let bereft = try Command("cluster/drills/kills", ["--ranks", "2"], environment: environment)
    #expect(bereft.wait(seconds: 60) { work() != nil })
    try FileManager.default.moveItem(atPath: #require(work()), toPath: folder.path + "/elsewhere")
    let ended = bereft.outcome(seconds: 60)
    #expect(ended.code == 1 && ended.output.contains("kills: broke off at line "), "\(ended.output)")
  }

  @Test func `each signal to a rank ends with a checkpoint and code 75`() throws {
    let rows = rows(try drill("signals", ["--cases", "4", "--ranks", "2"])).dropFirst()
    #expect(Set(rows.map { $0[0] }) == ["SIGTERM", "SIGUSR1", "SIGUSR2", "SIGINT"])
    #expect(rows.allSatisfy { $0[5] == "75" && $0[6] == "yes" })
  }

  @Test func `a signal after which the journal tells no stop is a row of the table, not the end of the drill`() throws {
    let folder = try TemporaryFolder()
    try folder.script(
      "mpirun",
      "while [[ $1 != -np ]]; do shift; done; exec env --default-signal=INT OMPI_COMM_WORLD_RANK=0 \"${@:3}\"")
    // Trains until the first signal, and the second time not at all; it saves nothing that could be verified or exported.
    try folder.script(
      "vlm-dist",
      """
      echo vlm-dist >"/proc/$$/comm"
      case "$*" in
      data*) mkdir -p "$3" ;;
      *--dry-run) ;;
      train*)
        [[ $4 != */reference ]] || exit 0
        mkdir -p "$4" && cd "$4"
        [[ ! -e stopped ]] || exit 0
        trap 'touch stopped; exit 75' TERM USR1 USR2 INT
        mkdir -p checkpoints/step-50
        echo '{"event": "begin"}' >journal.jsonl
        touch checkpoints/step-50/manifest.json
        while true; do sleep 0.05; done
        ;;
      *) exit 1 ;;
      esac
      """)
    let path = folder.path + ":" + (ProcessInfo.processInfo.environment["PATH"] ?? "")
    let outcome = try Command(
      "cluster/drills/signals", ["--ranks", "1", "--cases", "1"],
      environment: ["PATH": path, "VLM_DIST_PROGRAM": folder.path + "/vlm-dist"]
    ).outcome(seconds: 60)
    #expect(outcome.code == 1 && outcome.output.contains("2 things did not hold"), "\(outcome.output)")
    let row = try #require(rows(outcome).last)
    #expect(row[2] == "none" && row[4...] == ["NO", "75", "NO"], "\(row)")
  }

  @Test func `a stopped rank 0 is seen, named, and the run goes on from its checkpoint`() throws {
    let rows = rows(try drill("stop", ["--cases", "1", "--ranks", "2"]))
    #expect(rows.count == 2 && rows.last?[4] == "1" && rows.last?.last == "yes", "\(rows)")
  }

  @Test(.enabled(if: VirtualCluster.isAllowed, "this machine does not allow virtual hosts, see above"))
  func `a pulled cable is seen, and the run goes on with the other host`() throws {
    let rows = rows(try drill("link", ["--hosts", "2", "--cases", "1"]))
    #expect(rows.count == 2 && rows.last?[5] == "1" && rows.last?.last == "yes", "\(rows)")
  }

  @Test func `all ranks skip the step in which one has a gradient that is not finite`() throws {
    let rows = rows(try drill("not-finite", ["--ranks", "2", "--cases", "9"])).dropFirst().dropLast()
    #expect(Set(rows.map { $0[0] }) == ["inf", "-inf", "nan"] && Set(rows.map { $0[1] }) == ["0", "1"], "\(rows)")
    #expect(rows.count == 9 && rows.allSatisfy { $0[6].hasSuffix("yes") }, "\(rows)")
    #expect(rows.map { $0[5] } == (1...3).flatMap { _ in ["0", "0", "70"] }, "\(rows)")
  }

  @Test func `8, 3, 5 and 8 ranks take the samples of an undisturbed run`() throws {
    let rows = rows(try drill("elastic"))
    #expect(rows.last == ["200", "3200", "yes", "yes"], "\(rows)")
  }
}
