import Foundation
import Testing

/// The real program under a real mpirun, fed with bad input: one line that names the place, an exit code, no hang.
@Suite(.serialized, .enabled(if: Mpirun.path != nil, "mpirun is not in PATH"))
struct BadInputTests {
  private let world: World

  init() throws { world = try World() }

  private func train(_ run: String, ranks: Int = 2, _ more: [String] = []) throws -> Mpirun.Outcome {
    try Mpirun.run(ranks: ranks, program: "vlm-dist", ["train", world.recipe, "--run", run] + more)
  }

  /// The objects of a file of JSON lines.
  private func lines(_ path: String) throws -> [[String: Any]] {
    try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map {
      try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any] ?? [:]
    }
  }

  @Test func `bad samples are skipped, counted, journalled, and found beforehand`() throws {
    let marks = try world.writeBadCaptions()
    let inspection = try Mpirun.runAlone(program: "vlm-dist", ["data", "inspect", world.path + "/data/captions.json"])
    #expect(inspection.code == 65)
    let found = inspection.output.split(separator: "\n").map(String.init).dropLast()
    #expect(found.count == 6)
    for mark in marks {
      #expect(found.contains { $0.contains(mark) && $0.contains("captions.json:") }, "\(mark): \(found)")
    }

    // 30 entries, twice: every bad one comes twice, and counts once.
    let run = world.path + "/run"
    let settings = [
      "--set", "stages.0.until={epochs: 2}", "--set", "log_samples=true",
    ]
    let below = try train(run, settings + ["--set", "max_bad_samples=6"])
    #expect(below.code == 0, "\(below.errors)")
    #expect(below.complaints.isEmpty)
    #expect(below.output.contains("\n6 samples could not be used, see \(run)/journal.jsonl\n"), "\(below.output)")
    let metrics = try lines(run + "/metrics.jsonl")
    #expect(metrics.compactMap { $0["samples"] as? Int }.reduce(0, +) == 48)
    #expect(metrics.compactMap { $0["skipped_samples"] as? Int }.reduce(0, +) == 12)
    let skips = try lines(run + "/journal.jsonl").filter { $0["event"] as? String == "skip" }
    #expect(skips.compactMap { $0["reason"] as? String }.sorted() == found.sorted())
    #expect(try lines(run + "/samples.jsonl").allSatisfy { !"\($0)".contains("bad ") })

    let above = try train(world.path + "/other", settings + ["--set", "max_bad_samples=5"])
    #expect(above.code == 65)
    #expect(above.complaint.hasPrefix("vlm-dist: 6 samples could not be used and max_bad_samples is 5"))
    #expect(marks.contains { above.complaint.contains($0) }, "\(above.complaint)")
  }

  /// Opens and has a size, but every read of it fails.
  private static let unreadable = "/sys/class/net/lo/speed"

  @Test(.enabled(if: FileManager.default.fileExists(atPath: unreadable)))
  func `a picture that the system does not give ends the run, and is no bad sample`() throws {
    let captions = try world.read("data/captions.json")
    try world.write("data/captions.json", captions.replacing("images/00003.png", with: Self.unreadable))
    let outcome = try train(world.path + "/run", ["--set", "stages.0.until={epochs: 1}"])
    #expect(outcome.code == 74)
    #expect(outcome.complaint.contains("\(Self.unreadable): cannot be read (Invalid argument)"), "\(outcome.errors)")
    #expect(try lines(world.path + "/run/journal.jsonl").allSatisfy { $0["event"] as? String != "skip" })
  }

  @Test func `a step whose samples are all bad changes nothing and the run goes on`() throws {
    let broken = (0..<30).map { "no JSON \($0)" }
    try world.write("data/captions.json", (try world.captions()[..<2] + broken).joined(separator: "\n"))
    let outcome = try train(
      world.path + "/run", ["--set", "stages.0.batch={global: 4, micro: 2}", "--set", "stages.0.until.steps=8"])
    #expect(outcome.code == 0, "\(outcome.errors)")
    let metrics = try lines(world.path + "/run/metrics.jsonl")
    #expect(metrics.count == 8 && metrics.contains { $0["samples"] as? Int == 0 && $0["loss"] is NSNull })
    #expect(try world.read("run/journal.jsonl").contains("no sample of the global batch could be used"))
  }

  @Test(arguments: ["data.captions.images=nope", "stages.0.batch.max_tokens=2"])
  func `a run that can use no sample is no success, and names the first`(setting: String) throws {
    let outcome = try train(world.path + "/run", ["--set", setting])
    #expect(outcome.code == 65)
    let head = "vlm-dist: data source captions: none of its 24 samples could be used, so the run stops; the first: "
    #expect(outcome.complaint.hasPrefix(head + world.path + "/data/captions.json:"), "\(outcome.complaint)")
    #expect(outcome.errors.contains("align  step 1/10 (10%)  0 samples/s") && !outcome.errors.contains("nan"))
    #expect(outcome.output.isEmpty)
  }

  @Test func `held-out samples that cannot be used are named, and a set without any other ends the run`() throws {
    let captions = world.path + "/data/heldout-captions.json"
    let settings = ["--set", "evaluation.data.h.path=\(captions)", "--set", "stages.0.until.steps=2"]
    let lost = try train(world.path + "/lost", settings + ["--set", "evaluation.data.h.images=nope"])
    #expect(lost.code == 65)
    let head = "vlm-dist: held-out set h: none of its 2 samples could be used, so the run stops; the first: "
    #expect(lost.complaint.hasPrefix(head + captions + ":"), "\(lost.complaint)")
    let text = try world.read("data/heldout-captions.json")
    let (field, lostField) = ("\"image\":\"", "\"image\":\"none/")
    try world.write("data/heldout-captions.json", text.replacing(field, with: lostField, maxReplacements: 1))
    let partly = try train(world.path + "/partly", settings)
    #expect(partly.code == 0)
    #expect(partly.complaint.hasPrefix("vlm-dist: held-out set h: 1 of 2 samples could not be used"))
    #expect(partly.complaint.contains("/none/"), "\(partly.complaint)")
  }

  @Test func `a data file that was cut off is told of before it is trained`() throws {
    let text = try world.read("data/captions.json")
    let data = try world.write("data/captions.json", String(text.prefix(text.count / 2)))
    let outcome = try train(world.path + "/run", ["--set", "stages.0.until.steps=1"])
    #expect(outcome.code == 0)
    #expect(outcome.complaint.hasPrefix("vlm-dist: \(data):"), "\(outcome.complaint)")
    #expect(outcome.complaint.contains(": the file ends in the middle of its data, after "))
    let warnings = try lines(world.path + "/run/journal.jsonl").filter { $0["event"] as? String == "warning" }
    #expect(warnings.contains { outcome.complaint == "vlm-dist: \($0["reason"] ?? "")" })
  }

  @Test func `a misspelt key is one line of all four ranks, with the nearest key`() throws {
    let outcome = try train(world.path + "/run", ranks: 4, ["--set", "stages.0.batch.globl=4"])
    #expect(outcome.code == 64)
    #expect(outcome.complaint.contains("globl") && outcome.complaint.contains("did you mean \"global\"?"))
  }

  @Test func `a wrong option is one line of all four ranks`() throws {
    let outcome = try train(world.path + "/run", ranks: 4, ["--frsh"])
    #expect(outcome.code == 64)
    #expect(outcome.complaint.contains("--frsh"))
  }

  @Test func `a missing data file is one line of all four ranks`() throws {
    try FileManager.default.removeItem(atPath: world.path + "/data/captions.json")
    let outcome = try train(world.path + "/run", ranks: 4)
    #expect(outcome.code == 66)
    let fault = "data.captions.path: \(world.path)/data/captions.json: there is no such file; check the path"
    let line = try #require(
      world.read("recipe.yaml").split(separator: "\n", omittingEmptySubsequences: false)
        .firstIndex { $0.contains("captions.json") })
    #expect(outcome.complaint.hasPrefix("vlm-dist: \(world.recipe):\(line + 1):"), "\(outcome.complaint)")
    #expect(outcome.complaint.hasSuffix(": " + fault), "\(outcome.complaint)")
    let inspected = try Mpirun.runAlone(program: "vlm-dist", ["data", "inspect", world.path + "/none.json"])
    #expect(inspected.complaint == "vlm-dist: \(world.path)/none.json: there is no such file; check the path")
  }

  @Test func `a fault that another rank alone has is told by that rank`() throws {
    let bad = try world.write("bad.yaml", world.read("recipe.yaml").replacing("seed:", with: "sed:"))
    let (path, arguments) = Mpirun.command(
      ranks: 1, program: "vlm-dist",
      ["train", world.recipe, "--run", world.path + "/run", ":", "-n", "1", Mpirun.pathOf("vlm-dist"), "train", bad])
    let outcome = try Mpirun.launch(path, arguments)
    #expect(outcome.code == 64)
    #expect(outcome.complaint.hasPrefix("vlm-dist: rank 1: \(bad):1:1: unknown key \"sed\""), "\(outcome.complaint)")
  }

  @Test(arguments: ["file/run", "file"])
  func `a run directory that cannot be made is one line that names it`(name: String) throws {
    try world.write("file", "in the way")
    let run = world.path + "/" + name
    let outcome = try train(run)
    #expect(outcome.code == 74)
    #expect(outcome.complaint.hasPrefix("vlm-dist: cannot create \(run)"), "\(outcome.complaint)")
    #expect(try world.read("file") == "in the way")
  }

  @Test func `a safetensors header that lies about its length is one line that names the file`() throws {
    let (run, model) = (world.path + "/run", world.path + "/model")
    #expect(try train(run, ["--set", "stages.0.until.steps=2"]).code == 0)
    #expect(try Mpirun.runAlone(program: "vlm-dist", ["export", run, model]).code == 0)
    let file = try #require(FileHandle(forUpdatingAtPath: model + "/model.safetensors"))
    for length in [UInt64.max, UInt64(1) << 40, 3] {
      try file.seek(toOffset: 0)
      try file.write(contentsOf: withUnsafeBytes(of: length.littleEndian) { Data($0) })
      let trained = try train(
        world.path + "/other", ["--set", "model={path: \(model)}", "--set", "stages.0.until.steps=2"])
      let scored = try Mpirun.run(
        ranks: 2, program: "vlm-dist",
        ["score", "--model", model, "--data", world.path + "/data/chat.json", "--output", world.path + "/scores.jsonl"])
      for outcome in [trained, scored] {
        #expect(outcome.code == 65)
        #expect(outcome.complaint.hasPrefix("vlm-dist: \(model)/model.safetensors"), "\(outcome.complaint)")
      }
    }
  }
}
