import Foundation

/// A run directory of a short form of the built-in demo.
struct DemoRun: Sendable {
  static let arguments = [
    "--", "--set", "stages.0.until.steps=30", "--set", "stages.1.until.steps=2", "--set", "evaluation.max_samples=4",
    "--set", "stages.0.batch.global=20", "--set", "checkpoint.every_steps=10",
  ]

  /// The run of one process, undisturbed, which all others must equal.
  static let reference: Result<DemoRun, any Error> = Result {
    let run = try DemoRun(data: nil)
    // What is static has no end of its own.
    atexit { try? DemoRun.reference.get().folder.remove() }
    let outcome = try Command.run(
      "launch/sft", ["--ranks", "1", "--run", run.path] + arguments, environment: ["VLM_DIST_PROGRAM": Checkout.program]
    )
    guard outcome.code == 0 else { throw Failure(output: outcome.output) }
    return run
  }

  struct Failure: Error {
    let output: String
  }

  private let folder: TemporaryFolder
  var path: String { folder.path + "/run" }

  /// With the data of another run, which saves generating them.
  init(data: DemoRun?) throws {
    folder = try TemporaryFolder()
    guard let data else { return }
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    try FileManager.default.copyItem(atPath: data.path + "/demo", toPath: path + "/demo")
  }

  /// Losses and gradient norms as they stand in metrics.jsonl, text for text: equal text is equal bits.
  func figures() throws -> [String] {
    try String(contentsOfFile: path + "/metrics.jsonl", encoding: .utf8).split(separator: "\n").map { line in
      let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
      return ["step", "loss", "grad_norm", "samples", "supervised_tokens"].map { "\(object?[$0] ?? "-")" }
        .joined(separator: " ")
    }
  }

  /// What a job in Slurm said, by its own choice of file.
  var log: String { (try? String(contentsOfFile: path + "/log", encoding: .utf8)) ?? "" }

  func holds(_ checkpoint: String) -> Bool {
    FileManager.default.fileExists(atPath: "\(path)/checkpoints/\(checkpoint)/manifest.json")
  }
}
