import Foundation
import Testing

/// `bench` on models that take no time: what it prints, and what it refuses. No time is looked at.
@Suite(.serialized, .enabled(if: Mpirun.path != nil, "mpirun is not in PATH"))
struct BenchTests {
  /// The tiny models that ModelsTests compares with transformers, each with a batch beside it.
  private static let golden = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("../ModelsTests/Golden").standardizedFileURL.path
  private static let model = golden + "/siglip-qwen2"
  private static let batch = model + "/reference.safetensors"

  private static func objects(_ outcome: Mpirun.Outcome) throws -> [[String: Any]] {
    #expect(outcome.code == 0, "\(outcome.errors)")
    return try outcome.output.split(separator: "\n").map {
      try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
    }
  }

  private static func step(_ more: String..., ranks: Int? = nil) throws -> [String: Any] {
    let arguments = ["bench", "step", "--model", model, "--batch", batch, "--steps", "2", "--json"] + more
    let outcome =
      try ranks.map { try Mpirun.run(ranks: $0, program: "vlm-dist", arguments) }
      ?? Mpirun.runAlone(program: "vlm-dist", arguments)
    let lines = try objects(outcome)
    #expect(lines.count == 1)
    return lines.first ?? [:]
  }

  /// What the peer's torch_step.py prints.
  private static let peerFields: Set = [
    "peer", "train", "dtype", "compile", "ranks", "threads", "step_seconds_median", "positions_per_second", "losses",
    "first_grad_norm", "peak_rss_mb",
  ]

  @Test func `bench step has the peer's fields, and its utilisation is useful work over time and peak`() throws {
    let (stage2, stage1) = (try Self.step(), try Self.step("--train", "stage1", "--threads", "2"))
    for (report, train, threads) in [(stage2, "stage2", 1), (stage1, "stage1", 2)] {
      #expect(Self.peerFields.isSubset(of: Set(report.keys)), "\(report.keys)")
      #expect(report["train"] as? String == train && report["threads"] as? Int == threads)
      #expect((report["losses"] as? [Double])?.count == 5)
      func number(_ name: String) throws -> Double { try #require(report[name] as? Double, "\(name)") }
      let time = try number("step_seconds_median")
      for (work, utilisation) in [("useful_gflop", "mfu"), ("all_positions_gflop", "all_positions_mfu")] {
        let expected = try number(work) / time / number("peak_gflops")
        #expect(abs(try number(utilisation) / expected - 1) < 1e-9)
      }
      #expect(try number("useful_gflop") < number("all_positions_gflop"))
      #expect(try number("activation_peak_mb") > 0 && number("peak_rss_mb") > 1)
    }
    let (two, one) = (stage2["useful_gflop"] as? Double ?? 0, stage1["useful_gflop"] as? Double ?? 0)
    #expect(one > 0 && one < two)
  }

  @Test func `the products of a step are those that its loss needs, the last position and scores a second time`() throws
  {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let useful = try #require(try Self.step("--profile", "--trace", folder)["useful_gflop"] as? Double)
    let trace =
      try JSONSerialization.jsonObject(
        with: Data(contentsOf: URL(fileURLWithPath: folder + "/rank-0.json"))) as? [String: Any]
    var operations: [String: Int] = [:]
    for event in try #require(trace?["traceEvents"] as? [[String: Any]]) {
      guard let name = event["name"] as? String, let arguments = event["args"] as? [String: Any] else { continue }
      operations[name, default: 0] += arguments["flops"] as? Int ?? 0
    }
    let backward = try #require(operations["attention backward"])
    // One of five products makes the probabilities again.
    let scores = backward / 5
    // The last of 27 positions predicts nothing, in either of two samples: keys and values of both layers, all else of
    // the first, forward and two gradients; attention over 27 keys.
    let maps = 2 * (2 * 2 * 32 * 16 + 2 * 32 * 32 + 3 * 32 * 44)
    let last = 2 * (3 * maps + 12 * 27 * 32)
    // Two steps were profiled.
    let all = operations.values.reduce(0, +)
    #expect(Double(all) / 2 == (useful * 1e9).rounded() + Double(scores) / 2 + Double(last))
  }

  @Test func `two ranks do the same work each, and their losses are those of one`() throws {
    let (one, two) = (try Self.step(), try Self.step(ranks: 2))
    #expect(two["ranks"] as? Int == 2)
    #expect(one["losses"] as? [Double] == two["losses"] as? [Double])
    #expect(one["useful_gflop"] as? Double == two["useful_gflop"] as? Double)
  }

  @Test(arguments: [1, 2])
  func `bench overlap holds a step against the same step without communication, and traces it`(
    ranks: Int
  ) throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let trace = folder.appendingPathComponent("trace.json")
    let arguments = [
      "bench", "overlap", "--model", Self.model, "--batch", Self.batch, "--rounds", "1", "--micro-batches", "2",
      "--copies", "3", "--trace", trace.path, "--json",
    ]
    let report = try #require(
      try Self.objects(try Mpirun.run(ranks: ranks, program: "vlm-dist", arguments)).first)
    func number(_ name: String) throws -> Double { try #require(report[name] as? Double, "\(name)") }
    let (with, without) = (try number("with_seconds"), try number("without_seconds"))
    #expect(abs(try number("exposed_seconds") - (with - without)) < 1e-9)
    #expect(abs(try number("efficiency") - without / with) < 1e-9)
    let alone = try number("communication_seconds")
    #expect(try number("backward_seconds") > 0 && number("bytes") > 0)
    // Two samples in the file, three copies, two micro-batches.
    #expect(try number("samples") == 12 && number("ranks") == Double(ranks) && number("hosts") == 1)
    if ranks == 1 {
      #expect(alone == 0 && report["hidden_share"] == nil)
    } else {
      #expect(abs(try number("hidden_share") - (1 - (with - without) / alone)) < 1e-9)
    }
    let file = try JSONSerialization.jsonObject(with: Data(contentsOf: trace)) as? [String: Any]
    let events = try #require(file?["traceEvents"] as? [[String: Any]])
    let threads = events.filter { $0["name"] as? String == "thread_name" }
      .compactMap { ($0["args"] as? [String: Any])?["name"] as? String }
    // A gradient as small as that of this model is summed with no thread beside.
    #expect(threads == ["main"])
    #expect(events.count { $0["name"] as? String == "step" } == 1)
    #expect(events.count { $0["name"] as? String == "backward" } == 2)
  }

  private static func order(_ layouts: String, ranks: Int, _ more: String...) throws -> Mpirun.Outcome {
    let arguments = ["bench", "order", "--model", model, "--batch", batch, "--micro-batches", layouts, "--rounds", "1"]
    return try Mpirun.run(ranks: ranks, program: "vlm-dist", arguments + more)
  }

  @Test func `bench order holds the fixed tree against what is faster, on the same gradients`() throws {
    let one = try Self.objects(try Self.order("4,8", ranks: 1, "--json"))
    let two = try Self.objects(try Self.order("2,3,4", ranks: 2, "--json"))
    try #require(one.count == 2 && two.count == 3)
    for (report, (ranks, micro)) in zip(one + two, [(1, 4), (1, 8), (2, 2), (2, 3), (2, 4)]) {
      func number(_ name: String) throws -> Double { try #require(report[name] as? Double, "\(name)") }
      #expect(try number("ranks") == Double(ranks) && number("hosts") == 1 && number("micro_batches") == Double(micro))
      let (fixed, running) = (try number("fixed_seconds"), try number("running_seconds"))
      #expect(abs(try number("fixed_over_running") - fixed / running) < 1e-9)
      var ratios = [fixed / running]
      if ranks == 1 {
        #expect(report["library_seconds"] == nil && report["library"] == nil && report["library_grad_norm"] == nil)
      } else {
        #expect(!(report["library"] as? String ?? "").isEmpty)
        ratios.append(fixed / (try number("library_seconds")))
        #expect(abs(try number("fixed_over_library") - ratios[1]) < 1e-9)
        #expect(abs(try number("library_grad_norm") / number("fixed_grad_norm") - 1) < 1e-5)
        #expect(try number("library_memory_bytes") == 2 * number("bytes"))
      }
      #expect(abs(try number("fixed_over_fastest") - (ratios.max() ?? 0)) < 1e-9)
      #expect(abs(try number("folding_share") - number("folding_seconds") / running) < 1e-9)
      #expect(abs(try number("running_grad_norm") / number("fixed_grad_norm") - 1) < 1e-5)
      #expect(try number("fixed_memory_bytes") > number("running_memory_bytes"))
      // The layouts of one host all lie well.
      #expect(report["layout_cost"] == nil && report["rounds"] as? Int == 1)
    }
    // The same leaves, whoever computes them; the running sum has others.
    func norms(_ name: String) -> [Double?] { [one[0], one[1], two[0], two[2]].map { $0[name] as? Double } }
    let (fixed, running) = (norms("fixed_grad_norm"), norms("running_grad_norm"))
    #expect(fixed[0] == fixed[2] && fixed[1] == fixed[3] && fixed[0] != nil)
    #expect(running[0] != running[2] && running[1] != running[3])
  }

  @Test func `bench order is a table under one heading, of rank 0 alone`() throws {
    let outcome = try Self.order("1,2", ranks: 2)
    #expect(outcome.code == 0, "\(outcome.errors)")
    let lines = outcome.output.split(separator: "\n").map { $0.split(separator: "|", omittingEmptySubsequences: false) }
    #expect(lines.count == 4 && Set(lines.map(\.count)).count == 1, "\(outcome.output)")
    #expect(lines.first?[3] == " micro-batches of each ", "\(outcome.output)")
  }

  @Test func `bench gemm gives the best rate over the sizes it was asked for`() throws {
    let asked = ["64x96x32", "32x32x32"]
    let outcome = try Mpirun.runAlone(
      program: "vlm-dist", ["bench", "gemm", "--size", asked[0], "--size", asked[1], "--json"])
    let report = try #require(try Self.objects(outcome).first)
    let sizes = try #require(report["sizes"] as? [String: Double])
    #expect(Set(sizes.keys) == Set(asked))
    #expect(sizes.values.max() == report["gflops"] as? Double && (report["gflops"] as? Double ?? 0) > 0)
    #expect(sizes[report["size"] as? String ?? ""] == report["gflops"] as? Double)
    #expect(report["dtype"] as? String == "fp32")
  }

  @Test(arguments: [("sequence", "tokens", 2.0), ("images", "images", 2.0), ("model", "width", 2.0)])
  func `bench scale shows a growing row beside the one before`(axis: String, field: String, growth: Double) throws {
    let outcome = try Mpirun.runAlone(
      program: "vlm-dist", ["bench", "scale", "--of", axis, "--rows", "2", "--steps", "1", "--json"])
    let rows = try Self.objects(outcome)
    try #require(rows.count == 2)
    func number(_ row: Int, _ name: String) throws -> Double { try #require(rows[row][name] as? Double, "\(name)") }
    #expect(try number(1, field) == growth * number(0, field))
    for (ratio, of) in [
      ("time_ratio", "step_seconds_median"), ("arithmetic_ratio", "useful_gflop"),
      ("activation_ratio", "activation_peak_mb"),
    ] {
      #expect(rows[0][ratio] == nil)
      #expect(abs(try number(1, ratio) - number(1, of) / number(0, of)) < 1e-6)
    }
    #expect(try number(1, "arithmetic_ratio") > 1 && number(1, "activation_ratio") > 1)
    #expect(
      try abs(number(0, "useful_gflops") * number(0, "step_seconds_median") / number(0, "useful_gflop") - 1) < 1e-6)
    #expect(outcome.errors == "bench scale: \(axis), row 1 of 2\nbench scale: \(axis), row 2 of 2\n")
  }

  @Test func `bench scale is a table under one heading, of rank 0 alone`() throws {
    let outcome = try Mpirun.run(
      ranks: 2, program: "vlm-dist", ["bench", "scale", "--of", "images", "--rows", "1", "--steps", "1"])
    #expect(outcome.code == 0, "\(outcome.errors)")
    let lines = outcome.output.split(separator: "\n")
    #expect(lines.count == 2 && lines[0].hasPrefix("tokens images width layers"), "\(outcome.output)")
  }

  /// A safetensors file with a batch of one sample of four tokens and a picture.
  private func write(tokens: [Int64], labels: [Int64], side: Int, to path: String) throws {
    let pixels = 3 * side * side * 4
    let header = """
      {"input_ids":{"dtype":"I64","shape":[1,4],"data_offsets":[0,32]},\
      "labels":{"dtype":"I64","shape":[1,\(labels.count)],"data_offsets":[32,\(32 + 8 * labels.count)]},\
      "pixel_values":{"dtype":"F32","shape":[1,3,\(side),\(side)],\
      "data_offsets":[\(32 + 8 * labels.count),\(32 + 8 * labels.count + pixels)]}}
      """
    var data = withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Data($0) } + Data(header.utf8)
    for value in tokens + labels { withUnsafeBytes(of: value.littleEndian) { data.append(contentsOf: $0) } }
    try (data + Data(count: pixels)).write(to: URL(fileURLWithPath: path))
  }

  @Test func `a batch that does not fit the model is one line that names the place, code 65`() throws {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).safetensors").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    let cases: [(tokens: [Int64], labels: [Int64], side: Int, says: String)] = [
      ([1, 2, 70, 3], [-100, 2, 5, 3], 20, "sample 0 has 70 at position 2, outside the vocabulary of 70"),
      ([1, -1, 6, 3], [-100, 2, 5, 3], 20, "sample 0 has -1 at position 1"),
      ([1, 2, 6, 3], [-100, 2, 5, 99], 20, "sample 0 has 99 at position 3"),
      ([1, 2, 6, 3], [-100, 2, 5], 20, "input_ids and labels must be [batch, length]"),
      ([1, 2, 6, 3], [-100, 2, 5, 3], 16, "the model's pictures are 3x20x20"),
      ([1, 2, 6, 3], [-100, 2, 5, 3], 20, "0 image placeholders in the text but 16 image features"),
    ]
    for (tokens, labels, side, says) in cases {
      try write(tokens: tokens, labels: labels, side: side, to: path)
      let outcome = try Mpirun.runAlone(
        program: "vlm-dist", ["bench", "step", "--model", Self.model, "--batch", path, "--steps", "1"])
      #expect(outcome.code == 65, "\(outcome.errors)")
      #expect(outcome.complaint.contains(says), "\(outcome.errors)")
    }
  }

  @Test func `wrong options are one line, code 64`() throws {
    let step = ["step", "--model", Self.model, "--batch", Self.batch]
    let huge = "9223372036854775807"
    let cases: [(names: String, arguments: [String])] = [
      ("--train", step + ["--train", "stage3"]), ("--precision", step + ["--precision", "fp16"]),
      ("--threads", step + ["--threads", "0"]), ("--memory", step + ["--memory", "none"]),
      ("--size", ["gemm", "--size", "64"]), ("--size", ["gemm", "--size", "0x64x64"]),
      ("--bytes", ["allreduce", "--bytes", "65536,8589934592"]), ("--bytes", ["allreduce", "--bytes", "3"]),
      ("--size", ["gemm", "--size", "64x64x64x64"]), ("--size", ["gemm", "--size", "99999x64x64"]),
      ("--of", ["scale"]), ("--of", ["scale", "--of", "depth"]),
      ("--rows", ["scale", "--of", "model", "--rows", "0"]), ("--steps", ["scale", "--of", "model", "--steps", "0"]),
      ("--threads", ["scale", "--of", "model", "--threads", "0"]),
      ("--rounds", ["overlap"] + step.dropFirst() + ["--rounds", "0"]),
      ("--copies", ["overlap"] + step.dropFirst() + ["--copies", "0"]),
      ("--micro-batches", ["order"] + step.dropFirst() + ["--micro-batches", "0,2"]),
      ("--micro-batches", ["order"] + step.dropFirst() + ["--micro-batches", "1,,2"]),
      ("--micro-batches", ["order"] + step.dropFirst() + ["--micro-batches", "two"]),
      ("--rounds", ["order"] + step.dropFirst() + ["--rounds", "0"]),
      ("--steps", ["order"] + step.dropFirst() + ["--steps", "0"]), ("--steps", step + ["--steps", huge]),
      ("--copies", ["overlap"] + step.dropFirst() + ["--copies", huge]),
      ("--rounds", ["order"] + step.dropFirst() + ["--rounds", huge]), ("--repeats", ["allreduce", "--repeats", huge]),
      ("--threads", ["gemm", "--threads", huge]), ("--rounds", ["checkpoint", "--rounds", huge]),
    ]
    for (names, arguments) in cases {
      let outcome = try Mpirun.runAlone(program: "vlm-dist", ["bench"] + arguments)
      #expect(outcome.code == 64, "\(arguments): \(outcome.errors)")
      #expect(outcome.complaint.contains(names), "\(arguments): \(outcome.errors)")
    }
  }
}
