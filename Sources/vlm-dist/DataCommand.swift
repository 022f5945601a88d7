import ArgumentParser
import Datasets
import Foundation
import Records
import Training

/// `vlm-dist data`: the demo data, and a look into a data set before a run depends on it.
struct DataCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "data", abstract: "Write the demo data; check a data set; convert one.",
    subcommands: [Synth.self, Inspect.self, Convert.self])

  struct Synth: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Write the demo world: pictures, captions, questions, tokenizer, recipe.")

    @Argument(help: "The directory to write.")
    var directory: String

    @Option(help: "Training pictures.")
    var pictures = Demo.pictures

    @Option(help: "Held-out pictures.")
    var heldOut = Demo.heldOut

    @Option(help: "Seed: the same one gives the same bytes.")
    var seed = Demo.seed

    func validate() throws {
      guard pictures >= 1, heldOut >= 0 else {
        throw ValidationError("--pictures must be at least 1 and --held-out at least 0")
      }
    }

    func run() throws {
      try withRanks { communicator in
        guard communicator.rank == 0 else { return }
        try Demo.write(to: directory, seed: seed, pictures: pictures, heldOut: heldOut)
        try tell("\(directory): \(pictures) pictures, \(heldOut) held out")
      }
    }
  }

  struct Inspect: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Read every sample, decode every picture, name all that cannot be used. Exit code 65 if there are any.")

    @Argument(help: "Data file (LLaVA conversations, JSON or JSONL).")
    var data: String

    @Option(help: "Directory of the pictures; the data file's own if not given.")
    var images: String?

    func run() throws {
      try withRanks { communicator in
        guard communicator.rank == 0 else { return }
        let dataset = try LlavaDataset(name: "data", path: data, imageDirectory: images)
        var progress = SampleProgress("inspect", total: dataset.count)
        let inspection = try DatasetInspection.inspect(dataset) { done, problem in
          if let problem {
            show(progress.finish())
            try tell(problem)
          }
          show(progress.update(done))
        }
        show(progress.finish())
        try tell(inspection.summary)
        if !inspection.problems.isEmpty { throw ExitCode(65) }
      }
    }
  }
}
