import Foundation
import Testing

/// The real program under a real mpirun, on a small form of the built-in demo.
@Suite(.serialized, .enabled(if: Mpirun.path != nil, "mpirun is not in PATH"))
struct TrainTests {
  private let demo: Demo

  init() throws { demo = try Demo() }

  /// The built-in demo's recipe on fewer pictures, in a folder that goes with the test.
  private final class Demo {
    let path: String
    var recipe: String { path + "/recipe.yaml" }

    init() throws {
      path = try TrainTests.folder()
      let made = try Mpirun.runAlone(
        program: "vlm-dist", ["data", "synth", path, "--pictures", "300", "--held-out", "30"])
      try #require(made.code == 0, "\(made.errors)")
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
  }

  private static let small = [
    "--set", "stages.0.until.steps=12", "--set", "stages.1.until.steps=8", "--set", "evaluation.max_samples=10",
    "--set", "stages.0.batch.global=20", "--set", "checkpoint.every_steps=2",
    "--set", "log_samples=true",
  ]

  private static func folder() throws -> String {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("train-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    return url.path
  }

  /// Losses and gradient norms as they stand in metrics.jsonl, text for text: equal text is equal bits.
  private static func figures(_ run: String) throws -> [String] {
    try String(contentsOfFile: run + "/metrics.jsonl", encoding: .utf8).split(separator: "\n").map { line in
      let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
      return ["step", "loss", "grad_norm", "samples", "supervised_tokens"].map { "\(object?[$0] ?? "-")" }
        .joined(separator: " ")
    }
  }

  /// `samples.jsonl`, a line per step: which samples it took.
  private static func samples(_ run: String) throws -> [String] {
    try String(contentsOfFile: run + "/samples.jsonl", encoding: .utf8).split(separator: "\n").map(String.init)
  }

  /// What the model answered at each measurement, once each.
  private static func answers(_ run: String) throws -> [String] {
    var found: [String] = []
    for line in try String(contentsOfFile: run + "/journal.jsonl", encoding: .utf8).split(separator: "\n") {
      guard line.contains("\"event\": \"examples\""), let start = line.range(of: "\"stage\"") else { continue }
      let answers = String(line[start.lowerBound...])
      if !found.contains(answers) { found.append(answers) }
    }
    return found
  }

  @Test func `1 to 6 and 8 ranks have the same losses to the bit, the same samples and the same answers`() throws {
    var first: [String] = []
    var firstSamples: [String] = []
    var firstAnswers: [String] = []
    for ranks in [1, 2, 3, 4, 5, 6, 8] {
      let run = try Self.folder()
      defer { try? FileManager.default.removeItem(atPath: run) }
      let outcome = try Mpirun.run(
        ranks: ranks, program: "vlm-dist", ["train", demo.recipe, "--run", run] + Self.small)
      #expect(outcome.code == 0, "\(ranks) ranks: \(outcome.errors)")
      // Five micro-batches and eight: no two ranks or more share both of them evenly.
      #expect(outcome.errors.contains("ranks are idle for") == (ranks > 1), "\(ranks) ranks: \(outcome.errors)")
      let figures = try Self.figures(run)
      try checkPhases(run, ranks: ranks)
      let samples = try Self.samples(run)
      #expect(figures.count == 20 && samples.count == 20)
      let answers = try Self.answers(run)
      #expect(answers.count == 3)
      if ranks == 1 { (first, firstSamples, firstAnswers) = (figures, samples, answers) }
      #expect(figures == first, "\(ranks) ranks")
      #expect(samples == firstSamples, "\(ranks) ranks")
      #expect(answers == firstAnswers, "\(ranks) ranks")
      #expect(Set(samples).count == 20 && samples.allSatisfy { $0.split(separator: "\", \"").count >= 20 })
      let page = try String(contentsOfFile: run + "/report.html", encoding: .utf8)
      #expect(page.components(separatedBy: "src=\"data:image/png;base64,").count == 1 + 6)
      #expect(page.contains("What colour is the ") && page.contains("after instruct"))
      #expect(outcome.output.contains("held-out questions, exact answers: "))
      #expect(outcome.output.contains(" export \(run) \(run)/exported\n"))
    }
  }

  /// Every line tells how long each phase took on the fastest, the median and the slowest rank, and which that is.
  private func checkPhases(_ run: String, ranks: Int) throws {
    for line in try String(contentsOfFile: run + "/metrics.jsonl", encoding: .utf8).split(separator: "\n") {
      let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
      let phases = try #require(object?["phases"] as? [String: [String: Double]])
      #expect(Set(phases.keys) == ["data", "compute", "communication", "optimizer"])
      for (name, phase) in phases {
        let (least, most) = (try #require(phase["min"]), try #require(phase["max"]))
        let slowest = try #require(phase["slowest_rank"])
        #expect(least <= most && (0..<Double(ranks)).contains(slowest), "\(name)")
      }
      #expect((phases["compute"]?["min"] ?? 0) > 0)
    }
  }

  @Test(arguments: [2, 3])
  func `a run killed with SIGKILL goes on with the same losses, also on another number of ranks`(ranks: Int) throws {
    let (whole, killed) = (try Self.folder(), try Self.folder())
    defer { for run in [whole, killed] { try? FileManager.default.removeItem(atPath: run) } }
    let undisturbed = try Mpirun.run(
      ranks: 2, program: "vlm-dist", ["train", demo.recipe, "--run", whole] + Self.small)
    #expect(undisturbed.code == 0, "\(undisturbed.errors)")

    let process = Process()
    let (path, arguments) = Mpirun.command(
      ranks: 2, program: "vlm-dist", ["train", demo.recipe, "--run", killed] + Self.small)
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = arguments
    process.standardError = FileHandle.nullDevice
    try process.run()
    // Waits until there is something to resume from, then lets every rank die at once.
    let deadline = Date().addingTimeInterval(60)
    while process.isRunning, Date() < deadline,
      !FileManager.default.fileExists(atPath: killed + "/checkpoints/step-4/manifest.json")
    {
      usleep(2000)
    }
    let killer = Process()
    killer.executableURL = URL(fileURLWithPath: "/usr/bin/pkill")
    killer.arguments = ["-KILL", "-f", killed]
    try killer.run()
    #expect(killer.ends(within: 60))
    #expect(process.ends(within: 60))
    #expect(process.terminationStatus != 0 || process.terminationReason == .uncaughtSignal)

    // What is dealt out over the ranks may change, too.
    let resumed = try Mpirun.run(
      ranks: ranks, program: "vlm-dist",
      ["train", demo.recipe, "--run", killed, "--set", "zero=\(ranks - 1)"] + Self.small)
    #expect(resumed.code == 0, "\(resumed.errors)")
    #expect(try Self.figures(killed) == Self.figures(whole))
    #expect(try Self.samples(killed) == Self.samples(whole))
    #expect(try Self.answers(killed) == Self.answers(whole))
  }
}
