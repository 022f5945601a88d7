import Foundation
import Testing

/// Every command alone, in good use and in bad: exit codes, where results and complaints go.
@Suite(.serialized, .enabled(if: Mpirun.path != nil, "mpirun is not in PATH"))
struct CommandTests {
  private let world: World
  private var run: String { world.path + "/run" }
  private var model: String { world.path + "/model" }

  init() throws { world = try World() }

  private func command(_ arguments: String...) throws -> Mpirun.Outcome {
    try Mpirun.runAlone(program: "vlm-dist", arguments)
  }

  /// A run of four steps with two checkpoints, and its model.
  private func makeModel() throws {
    let trained = try command("train", world.recipe, "--run", run, "--set", "stages.0.until.steps=4")
    #expect(trained.code == 0, "\(trained.errors)")
    #expect(try command("export", run, model).code == 0)
  }

  @Test func `bad invocations end with the code of the contract and one line that names the fault`() throws {
    try makeModel()
    let none = world.path + "/none"
    let (file, empty, page) = (
      try world.write("file", "x"), try world.write("empty.json", ""), try world.write("page.jpg", "<html></html>")
    )
    let data = world.path + "/data/chat.json"
    let score = ["score", "--model", model, "--data", data, "--output", world.path + "/s.jsonl"]
    let cases: [(code: Int32, names: String, arguments: [String])] = [
      (64, "--nonsense", ["--nonsense"]),
      (64, "there is no command and no recipe \"trian\"; did you mean \"train\"?", ["trian", world.recipe]),
      (64, "there is no command and no recipe \"xyzzy\";", ["xyzzy", "--model", model]),
      (64, "the command serve is not supported yet; there are train, export,", ["serve", "--model", model]),
      (64, "the command evaluate is not supported yet", ["evaluate", "--tasks", "a"]),
      (64, "the command plan is not supported yet", ["plan", world.recipe, "--nodes", "2"]),
      (66, "./tarin", ["./tarin"]),
      (66, "tarin.yaml", ["tarin.yaml"]),
      (66, none, ["train", none]),
      (64, world.path, ["train", world.path]),
      (64, "globl", ["train", world.recipe, "--set", "stages.0.batch.globl=4"]),
      (64, "--set x", ["train", world.recipe, "--set", "x", "--run", none]),
      (64, "<from>", ["export"]),
      (66, none, ["export", none, world.path + "/out"]),
      (66, world.path, ["export", world.path, world.path + "/out"]),
      (74, file, ["export", run, file + "/out"]),
      (64, "--model", ["score"]),
      (64, "parquet", score + ["--format", "parquet"]),
      (66, none, ["score", "--model", none, "--data", data, "--output", world.path + "/s.jsonl"]),
      (66, none, ["score", "--model", model, "--data", none, "--output", world.path + "/s.jsonl"]),
      (65, empty, ["score", "--model", model, "--data", empty, "--output", world.path + "/s.jsonl"]),
      (74, none, ["score", "--model", model, "--data", data, "--output", none + "/s.jsonl"]),
      (64, "--temperature", ["generate", "--model", model, "--prompt", "x", "--temperature", "-1"]),
      (64, "--top-p", ["generate", "--model", model, "--prompt", "x", "--top-p", "0"]),
      (64, "--max-tokens", ["generate", "--model", model, "--prompt", "x", "--max-tokens", "0"]),
      (66, none, ["generate", "--model", none, "--prompt", "x"]),
      (66, none + ".png: no such file", ["generate", "--model", model, "--image", none + ".png", "--prompt", "x"]),
      (65, page, ["generate", "--model", model, "--image", page, "--prompt", "x"]),
      (64, "--pictures", ["data", "synth", none, "--pictures", "0"]),
      (74, file, ["data", "synth", file + "/x", "--pictures", "1"]),
      (66, none, ["data", "inspect", none]),
      (66, none, ["data", "convert", none, world.path + "/converted"]),
      (64, "--held-out", ["data", "convert", none, none, "--held-out", "2"]),
      (65, world.path, ["data", "inspect", world.path]),
      (65, page, ["data", "inspect", page]),
      (66, none, ["checkpoint", "list", none]),
      (66, file, ["checkpoint", "list", file]),
      (66, world.path, ["checkpoint", "verify", world.path]),
      (66, "step-99", ["checkpoint", "verify", run + "/checkpoints/step-99"]),
      (66, none, ["checkpoint", "show", none]),
      (64, "--threads", ["bench", "gemm", "--threads", "0"]),
      (64, "--steps", ["bench", "step", "--model", model, "--batch", none, "--steps", "0"]),
      (66, none, ["bench", "step", "--model", model, "--batch", none]),
      (64, "--repeats", ["bench", "allreduce", "--repeats", "0"]),
      (64, "--loud", ["doctor", "--loud"]),
    ]
    for (code, names, arguments) in cases {
      let outcome = try Mpirun.runAlone(program: "vlm-dist", arguments)
      #expect(outcome.code == code, "\(arguments): \(outcome.errors)")
      #expect(outcome.complaint.contains(names), "\(arguments): \(outcome.errors)")
      #expect(outcome.output.isEmpty, "\(arguments): \(outcome.output)")
    }
    #expect(!FileManager.default.fileExists(atPath: none))
  }

  @Test func `the recipe that the demo writes is the one under launch/recipes`() throws {
    let directory = world.path + "/synth"
    let outcome = try Mpirun.runAlone(
      program: "vlm-dist", ["data", "synth", directory, "--pictures", "2", "--held-out", "1"])
    #expect(outcome.code == 0, "\(outcome.errors)")
    let checkout = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../..")
    let committed = checkout.appendingPathComponent("launch/recipes/demo.yaml")
    #expect(
      try String(contentsOfFile: directory + "/recipe.yaml", encoding: .utf8)
        == String(contentsOf: committed, encoding: .utf8))
  }

  @Test func `help goes to stdout and is no error, of rank 0 alone`() throws {
    for arguments in [["--help"], ["train", "--help"], ["data", "inspect", "--help"]] {
      let outcome = try Mpirun.run(ranks: 2, program: "vlm-dist", arguments)
      #expect(outcome.code == 0 && outcome.errors.isEmpty, "\(outcome.errors)")
      #expect(outcome.output.components(separatedBy: "USAGE: vlm-dist").count == 2, "\(outcome.output)")
    }
  }

  @Test func `a run directory and a single checkpoint are both exported, also away from the run`() throws {
    try makeModel()
    let (second, alone) = (run + "/checkpoints/step-2", world.path + "/kept/step-2")
    try FileManager.default.createDirectory(atPath: world.path + "/kept", withIntermediateDirectories: true)
    try FileManager.default.copyItem(atPath: second, toPath: alone)
    for (from, to) in [(second, "a"), (second + "/", "b"), (alone, "c"), (run + "/checkpoints/step-4", "d")] {
      let outcome = try command("export", from, world.path + "/" + to)
      #expect(outcome.code == 0, "\(outcome.errors)")
      #expect(outcome.output.contains(to == "d" ? "step 4" : "step 2"))
    }
    func weights(_ name: String) throws -> Data {
      try Data(contentsOf: URL(fileURLWithPath: world.path + "/\(name)/model.safetensors"))
    }
    #expect(try weights("a") == weights("b") && weights("a") == weights("c"))
    #expect(try weights("d") == weights("model") && weights("d") != weights("a"))
  }

  @Test func `an export replaces an earlier one, whole, and nothing else`() throws {
    try makeModel()
    let data = world.path + "/data/captions.json"
    let score = ["score", "--model", model, "--data", data, "--output", world.path + "/scores.jsonl"]
    let own = try FileManager.default.contentsOfDirectory(atPath: model).sorted()
    // What would be loaded with the new model if it stayed.
    let stale = ["chat_template.jinja", "model.safetensors.index.json", "generation_config.json"]
    for name in stale { try world.write("model/\(name)", "{") }
    try world.write("model/model.safetensors.99.tmp", "broken off")
    try world.write("model/notes.txt", "mine")
    #expect(try command("export", run, model).code == 0)
    #expect(try FileManager.default.contentsOfDirectory(atPath: model).sorted() == (own + ["notes.txt"]).sorted())
    #expect(try Mpirun.runAlone(program: "vlm-dist", score).code == 0)

    let other = world.path + "/other"
    try FileManager.default.createDirectory(atPath: other, withIntermediateDirectories: true)
    try world.write("other/config.json", "somebody's")
    for out in [other, world.path, run] {
      let refused = try command("export", run, out)
      #expect(refused.code == 74)
      #expect(refused.complaint.hasPrefix("vlm-dist: \(out) is not empty, and no earlier export (it has "))
    }
    #expect(try world.read("other/config.json") == "somebody's")
    #expect(try FileManager.default.contentsOfDirectory(atPath: other) == ["config.json"])
    try FileManager.default.removeItem(atPath: other + "/config.json")
    #expect(try command("export", run, other).code == 0)
  }

  @Test func `checkpoint takes a run or one of its checkpoints, and verifies all it is given`() throws {
    try makeModel()
    let paths = [2, 4].map { "\(run)/checkpoints/step-\($0)" }
    #expect(try command("checkpoint", "verify", run).output == paths.map { "\($0): good\n" }.joined())
    #expect(try command("checkpoint", "verify", paths[0]).output == "\(paths[0]): good\n")
    #expect(try command("checkpoint", "list", run).output.split(separator: "\n").count == 2)
    #expect(try command("checkpoint", "list", paths[1]).output.hasPrefix("step 4  "))
    #expect(try command("checkpoint", "show", run).output.hasPrefix("step 4, written by 1 ranks"))
    // Under mpirun it is said once.
    let ranks = try Mpirun.run(ranks: 2, program: "vlm-dist", ["checkpoint", "list", run])
    #expect(ranks.code == 0 && ranks.output.split(separator: "\n").count == 2)

    let shard = paths[0] + "/shard-00000-of-00001.zst"
    var bytes = try Data(contentsOf: URL(fileURLWithPath: shard))
    bytes[bytes.count / 2] ^= 1
    try bytes.write(to: URL(fileURLWithPath: shard))
    let damaged = try command("checkpoint", "verify", run)
    #expect(damaged.code == 65 && damaged.output == "\(paths[1]): good\n")
    #expect(damaged.complaint.hasPrefix("vlm-dist: \(shard) is damaged: "), "\(damaged.complaint)")
  }

  @Test func `results go to stdout and progress to stderr`() throws {
    try makeModel()
    let data = world.path + "/data/captions.json"
    let inspected = try command("data", "inspect", data)
    #expect(inspected.code == 0)
    #expect(inspected.output == "24 usable samples, 48 turns, 24 pictures, 0 without a picture, 0 unusable\n")
    #expect(inspected.errors.contains("inspect  sample 24/24 (100%)") && inspected.complaints.isEmpty)

    let answered = try command(
      "generate", "--model", model, "--prompt", "How many objects are there?", "--max-tokens", "4")
    #expect(answered.code == 0 && answered.errors.isEmpty && answered.output.hasSuffix("\n"))
  }

  /// Mean negative log-likelihood of a supervised token, from the lines of `score`.
  private static func mean(of lines: String) throws -> Double {
    var (nll, tokens) = (0.0, 0.0)
    for line in lines.split(separator: "\n") {
      let fields = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
      nll += try #require(fields?["nll"] as? Double)
      tokens += try #require(fields?["supervised_tokens"] as? Double)
    }
    return nll / tokens
  }

  @Test func `grey pictures and another template are other scores`() throws {
    try makeModel()
    let data = world.path + "/data/captions.json"
    let outputs = try [[], ["--blank-images"], ["--template", "vicuna_v1"], ["--template", "chatml"]].map { more in
      let outcome = try Mpirun.runAlone(
        program: "vlm-dist", ["score", "--model", run, "--data", data, "--output", world.path + "/other.jsonl"] + more)
      #expect(outcome.code == 0, "\(outcome.errors)")
      return outcome.output
    }
    #expect(outputs[1] != outputs[0])
    #expect(outputs[2] != outputs[0])
    // The recipe of the run names chatml.
    #expect(outputs[3] == outputs[0])
  }

  @Test func `an export scores as its run does, whatever template that was trained with`() throws {
    let data = world.path + "/data/captions.json"
    let settings = ["chat_template=vicuna_v1", "stages.0.until.steps=2", "stages.0.batch.max_tokens=1024"].flatMap {
      ["--set", $0]
    }
    let trained = try Mpirun.runAlone(program: "vlm-dist", ["train", world.recipe, "--run", run] + settings)
    #expect(trained.code == 0, "\(trained.errors)")
    #expect(try command("export", run, model).code == 0)
    let outputs = try [(run, "auto"), (model, "auto"), (model, "vicuna_v1"), (model, "chatml")].map { from, template in
      try command(
        "score", "--model", from, "--data", data, "--output", world.path + "/other.jsonl", "--template", template)
    }
    #expect(outputs.allSatisfy { $0.code == 0 && $0.complaints.isEmpty })
    #expect(outputs[1].output == outputs[0].output && outputs[2].output == outputs[0].output)
    #expect(outputs[3].output != outputs[0].output)
  }

  @Test func `a model without a chat template is told of once, and in the journal`() throws {
    let settings = world.path + "/data/tokenizer/tokenizer_config.json"
    try FileManager.default.removeItem(atPath: settings)
    try world.write("data/tokenizer/tokenizer_config.json", #"{"eos_token": "<|im_end|>"}"#)
    let outcome = try Mpirun.run(
      ranks: 2, program: "vlm-dist",
      ["train", world.recipe, "--run", run, "--set", "chat_template=auto", "--set", "stages.0.until.steps=1"]
        + ["--set", "stages.0.batch.max_tokens=1024"])
    let words =
      "no chat template in \(world.path)/data/tokenizer: vicuna_v1 is used; chat_template in the recipe sets another"
    #expect(outcome.code == 0 && outcome.complaint == "vlm-dist: " + words, "\(outcome.errors)")
    let journal = try world.read("run/journal.jsonl").replacing("\\/", with: "/")
    #expect(journal.contains(words))
  }

  @Test func `scores have a line for each good sample, whatever the number of ranks, and tell of the others`() throws {
    try makeModel()
    let output = world.path + "/scores.jsonl"
    let arguments = ["score", "--model", model, "--data", world.path + "/data/captions.json", "--output", output]
    var first = ""
    for ranks in [1, 3] {
      let outcome = try Mpirun.run(ranks: ranks, program: "vlm-dist", arguments + ["--format", "llava"])
      #expect(outcome.code == 0, "\(outcome.errors)")
      let lines = outcome.output.split(separator: "\n")
      #expect(lines.count == 1 && lines[0].hasPrefix("24 samples, "), "\(outcome.output)")
      let mean = try #require(lines.last?.split(separator: " ").last.flatMap { Double($0) })
      #expect(abs(mean - (try Self.mean(of: world.read("scores.jsonl")))) < 1e-9)
      #expect(outcome.errors.contains("score  sample \(24 / ranks)/\(24 / ranks)"))
      if ranks == 1 { first = try world.read("scores.jsonl") }
      #expect(try world.read("scores.jsonl") == first && first.split(separator: "\n").count == 24)
    }
    let marks = try world.writeBadCaptions()
    let outcome = try Mpirun.run(ranks: 2, program: "vlm-dist", arguments)
    #expect(outcome.code == 65)
    #expect(try world.read("scores.jsonl") == first)
    for mark in marks { #expect(outcome.complaints.contains { $0.contains(mark) }, "\(mark)") }
    #expect(outcome.complaints.contains { $0.hasSuffix("6 of 30 samples could not be scored and have no line") })
    try world.write("data/captions.json", String(try world.read("data/captions.json").prefix { $0 != "\n" }))
    let nothing = try Mpirun.runAlone(program: "vlm-dist", arguments + ["--images", world.path + "/none"])
    #expect(nothing.code == 65 && nothing.output == "0 samples, 0 supervised tokens\n", "\(nothing.output)")
    #expect(nothing.complaints.first?.contains("captions.json:1: sample ") == true, "\(nothing.errors)")
  }
}
