import Foundation
import Testing

/// `--profile` of the real program: traces of every rank, one table, and the same run as without.
@Suite(.serialized, .enabled(if: Mpirun.path != nil, "mpirun is not in PATH"))
struct ProfileTests {
  private let world: World

  init() throws { world = try World() }

  private struct Event {
    let kind, name: String
    let start, end: Double
    let process, thread: Int
    let arguments: [String: Any]
  }

  /// All events of a trace; each must have what Chrome wants of its kind.
  private func events(_ path: String) throws -> [Event] {
    let file = try JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: path))) as? [String: Any]
    return try #require(file?["traceEvents"] as? [[String: Any]]).map { event in
      let kind = try #require(event["ph"] as? String)
      #expect(["X", "M"].contains(kind))
      let start = kind == "M" ? 0 : try #require(event["ts"] as? Double)
      return Event(
        kind: kind, name: try #require(event["name"] as? String), start: start,
        end: start + (kind == "M" ? 0 : try #require(event["dur"] as? Double)),
        process: try #require(event["pid"] as? Int), thread: try #require(event["tid"] as? Int),
        arguments: try #require(event["args"] as? [String: Any]))
    }
  }

  private func names(of events: [Event], onThread name: String) throws -> Set<String> {
    let thread = try #require(
      events.first { $0.name == "thread_name" && $0.arguments["name"] as? String == name }, "\(name)")
    return Set(events.filter { $0.kind == "X" && $0.thread == thread.thread }.map(\.name))
  }

  /// Loss and norm of every step as they stand in metrics.jsonl: equal text is equal bits.
  private func losses(_ run: String) throws -> [String] {
    try String(contentsOfFile: run + "/metrics.jsonl", encoding: .utf8).split(separator: "\n").map { line in
      let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
      return ["step", "loss", "grad_norm"].map { "\(object?[$0] ?? "-")" }.joined(separator: " ")
    }
  }

  /// Rows of the one table on stderr: name and share of the time; those of a phase are indented.
  private func shares(_ outcome: Mpirun.Outcome) throws -> [(name: String, share: Double)] {
    let lines = outcome.errors.split(separator: "\n").map(String.init)
    #expect(lines.count { $0.hasPrefix("profile of rank ") } == 1)
    let title = try #require(lines.firstIndex { $0.hasPrefix("profile of rank 0 of ") }, "\(outcome.errors)")
    return lines[(title + 2)...].compactMap { line in
      guard let match = line.wholeMatch(of: /( *\S.*?)  +([0-9]+\.[0-9]{2}) +[0-9]+\.[0-9]{3}.*/) else { return nil }
      return Double(match.2).map { (String(match.1), $0) }
    }
  }

  @Test func `a profiled run of two ranks has two traces, one table that adds up, and the losses of one without`()
    throws
  {
    let (plain, profiled) = (world.path + "/plain", world.path + "/profiled")
    let without = try Mpirun.run(ranks: 2, program: "vlm-dist", ["train", world.recipe, "--run", plain])
    #expect(without.code == 0 && !without.errors.contains("profile of rank"), "\(without.errors)")
    #expect(!FileManager.default.fileExists(atPath: plain + "/profile"))
    let outcome = try Mpirun.run(
      ranks: 2, program: "vlm-dist", ["train", world.recipe, "--run", profiled, "--profile"])
    #expect(outcome.code == 0, "\(outcome.errors)")
    #expect(try losses(profiled) == losses(plain))

    var steps: [ClosedRange<Double>] = []
    for rank in 0..<2 {
      let events = try events("\(profiled)/profile/rank-\(rank).json")
      #expect(events.allSatisfy { $0.process == rank })
      let phases = ["data", "forward", "backward", "communication", "optimizer", "evaluation", "checkpoint", "step"]
      let operations = [
        "linear forward", "linear backward: input", "linear backward: weight", "attention forward",
        "attention backward", "rms_norm forward", "layer_norm forward", "swiglu forward", "gelu_pytorch_tanh forward",
        "rotary", "embedding, rows taken", "cross_entropy head", "adamw", "gradient norm", "wait for the gradient sum",
        // So small a gradient is summed where it is waited for, with no thread beside.
        "leaf sum", "bucket summed over ranks",
      ]
      let main = try names(of: events, onThread: "main")
      #expect(main.isSuperset(of: phases + operations), "\(Set(phases + operations).subtracting(main))")
      #expect(try names(of: events, onThread: "prefetch") == ["micro-batches loaded"])
      let numbers = events.filter { $0.name == "step" }.compactMap { $0.arguments["step"] as? Int }
      #expect(numbers == Array(1...10))
      let third = try #require(events.first { $0.name == "step" && $0.arguments["step"] as? Int == 3 })
      steps.append(third.start...third.end)
    }
    // The ranks share a clock: they take a step at the same time.
    #expect(steps[0].overlaps(steps[1]))

    let rows = try shares(outcome)
    let total = try #require(rows.firstIndex { $0.name == "total" })
    #expect(rows[total].share == 100)
    let phases = rows[..<total].filter { !$0.name.hasPrefix(" ") }
    #expect(abs(phases.reduce(0) { $0 + $1.share } - 100) < 0.01 * Double(phases.count))
    #expect(phases.last?.name == "other" && phases.contains { $0.name == "forward" })
    #expect(rows[total...].contains { $0.name == "thread prefetch" })
  }

  @Test func `a profiled run that is asked to stop leaves a whole trace`() throws {
    let run = world.path + "/stopped"
    let process = Process()
    process.executableURL = URL(fileURLWithPath: Mpirun.pathOf("vlm-dist"))
    process.arguments = ["train", world.recipe, "--run", run, "--profile", "--set", "stages.0.until.steps=100000"]
    process.standardError = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    try process.run()
    let (trace, deadline) = (run + "/profile/rank-0.json", Date().addingTimeInterval(60))
    while process.isRunning, Date() < deadline, !FileManager.default.fileExists(atPath: run + "/checkpoints/step-4") {
      usleep(2000)
    }
    // Who looks while the run goes on, or after it was killed, finds a trace without events.
    #expect(try events(trace).isEmpty)
    process.terminate()
    #expect(process.ends(within: 60))
    #expect(process.terminationStatus == 75)
    #expect(try events(trace).count { $0.name == "step" } >= 4)
  }

  @Test func `bench step profiles the steps that count, on every rank, and its losses stay`() throws {
    let trained = try Mpirun.runAlone(
      program: "vlm-dist", ["train", world.recipe, "--run", world.path + "/run", "--set", "stages.0.until.steps=2"])
    #expect(trained.code == 0, "\(trained.errors)")
    let model = world.path + "/model"
    #expect(try Mpirun.runAlone(program: "vlm-dist", ["export", world.path + "/run", model]).code == 0)
    let bench = ["bench", "step", "--model", model, "--batch", try writeBatch(model: model), "--json", "--steps", "4"]
    func losses(_ outcome: Mpirun.Outcome) throws -> [Double] {
      #expect(outcome.code == 0, "\(outcome.errors)")
      let result = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any]
      return try #require(result?["losses"] as? [Double])
    }
    let traces = world.path + "/traces"
    try FileManager.default.createDirectory(atPath: traces, withIntermediateDirectories: true)
    for name in ["rank-7.json", "mine.json"] { try world.write("traces/\(name)", "{}") }
    let plain = try losses(try Mpirun.run(ranks: 2, program: "vlm-dist", bench))
    let outcome = try Mpirun.run(ranks: 2, program: "vlm-dist", bench + ["--profile", "--trace", traces])
    #expect(try losses(outcome) == plain && plain.count == 7)
    #expect(try shares(outcome).contains { $0.name == "backward" })
    // The trace of a rank that is no more is not taken for one of this run.
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: traces).sorted() == [
        "mine.json", "rank-0.json", "rank-1.json",
      ])
    for rank in 0..<2 {
      let numbers = try events("\(traces)/rank-\(rank).json").compactMap { $0.arguments["step"] as? Int }
      #expect(numbers == [3, 4, 5, 6])
    }

    let file = try world.write("file", "x")
    let refused = try Mpirun.runAlone(program: "vlm-dist", bench + ["--profile", "--trace", file + "/x"])
    #expect(refused.code == 74 && refused.complaint.contains(file) && refused.output.isEmpty, "\(refused.errors)")
  }

  /// Two samples of twenty tokens with a picture each; returns the file's path.
  private func writeBatch(model: String) throws -> String {
    let configuration = try JSONSerialization.jsonObject(
      with: Data(contentsOf: URL(fileURLWithPath: model + "/config.json")))
    let fields = try #require(configuration as? [String: Any])
    let image = try #require(fields["image_token_index"] as? Int)
    var bytes: [UInt8] = []
    func append(_ value: some FixedWidthInteger) { withUnsafeBytes(of: value.littleEndian) { bytes += $0 } }
    // Pictures of 24 × 24 in patches of 8: nine tokens.
    for place in 0..<40 { append(Int64(place % 20 < 9 ? image : 10 + place)) }
    for place in 0..<40 { append(Int64(place % 20 < 12 ? -100 : 10 + place)) }
    for place in 0..<2 * 3 * 24 * 24 { append((Float(place % 17) / 17 - 0.5).bitPattern) }
    let header = """
      {"input_ids": {"dtype": "I64", "shape": [2, 20], "data_offsets": [0, 320]},
       "labels": {"dtype": "I64", "shape": [2, 20], "data_offsets": [320, 640]},
       "pixel_values": {"dtype": "F32", "shape": [2, 3, 24, 24], "data_offsets": [640, \(bytes.count)]}}
      """
    let data = bytes
    bytes = []
    append(UInt64(header.utf8.count))
    return try world.write("batch.safetensors", bytes: bytes + Array(header.utf8) + data)
  }
}
