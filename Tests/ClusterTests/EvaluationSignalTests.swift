import Foundation
import Testing

/// A signal during an evaluation of minutes: Slurm gives two of them until it kills.
@Suite struct EvaluationSignalTests {
  private let folder: TemporaryFolder
  private var run: String { folder.path + "/run" }

  init() throws {
    folder = try TemporaryFolder()
    let made = try Command.run(
      Checkout.program, ["data", "synth", folder.path + "/data", "--pictures", "24", "--held-out", "2"])
    try #require(made.code == 0, "\(made.output)")
    let entry = #"{"id": "a", "conversations": [{"from": "human", "value": "What?"}, {"from": "gpt", "value": "red"}]}"#
    try Data((0..<Self.samples).map { _ in entry + "\n" }.joined().utf8)
      .write(to: URL(fileURLWithPath: folder.path + "/data/held.jsonl"))
    let recipe = try String(contentsOf: Checkout.file("cluster/drills/tiny.yaml"), encoding: .utf8)
    let evaluation = "evaluation: {data: {held: {path: data/held.jsonl}}, every_steps: 5, examples: 0}\n"
    try Data((recipe + evaluation).utf8).write(to: URL(fileURLWithPath: folder.path + "/recipe.yaml"))
  }

  private static let samples = 6000

  private func train() throws -> Command {
    try Command(Checkout.program, ["train", folder.path + "/recipe.yaml", "--run", run])
  }

  /// Journal lines of a kind of event, and all steps that were saved.
  private func journal(_ event: String) -> [String] {
    ((try? String(contentsOfFile: run + "/journal.jsonl", encoding: .utf8)) ?? "").split(separator: "\n").map(
      String.init
    )
    .filter { $0.contains("\"event\": \"\(event)\"") }
  }

  /// Asks for the end a while after `condition` holds, by when an evaluation is under way.
  private func stop(when condition: () -> Bool) throws -> Command.Outcome {
    let job = try train()
    let began = job.wait(until: condition)
    try #require(began, "\(job.output)")
    usleep(300_000)
    job.send(SIGUSR1)
    return job.outcome()
  }

  @Test func `the evaluation is dropped, a checkpoint is saved, and the next start measures first`() throws {
    let first = try stop { !journal("stage").isEmpty }
    #expect(first.code == 75, "\(first.output)")
    #expect(journal("evaluation").isEmpty && journal("checkpoint").count == 1)
    // After step 5 there is one, and none of the checkpoints falls on it. It begins with the step's line in the metrics.
    let second = try stop {
      ((try? String(contentsOfFile: run + "/metrics.jsonl", encoding: .utf8)) ?? "").contains("\"step\": 5,")
    }
    #expect(second.code == 75, "\(second.output)")
    #expect(journal("evaluation").count == 1 && journal("evaluation")[0].contains("\"step\": 0,"))
    #expect(journal("checkpoint").last?.contains("\"step\": 5,") == true)
    let third = try train().outcome(seconds: 300)
    #expect(third.code == 0, "\(third.output)")
    let measured = journal("evaluation").map { line in [0, 5, 10].filter { line.contains("\"step\": \($0),") } }
    #expect(measured == [[0], [5], [10]])
  }
}
