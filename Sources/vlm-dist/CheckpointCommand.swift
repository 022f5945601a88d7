import ArgumentParser
import Checkpoints
import Foundation
import Training

/// `vlm-dist checkpoint`: a look into the checkpoints of a run.
struct CheckpointCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "checkpoint", abstract: "List, verify or show checkpoints, or find the newest good one.",
    subcommands: [List.self, Verify.self, Show.self, Newest.self])

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List the checkpoints of a run directory.")
    @Argument(help: "A run directory, or a checkpoint in it: RUN/checkpoints/step-N.") var path: String

    func run() throws {
      try forEachCheckpoint(path) { checkpoint in
        try tell("step \(checkpoint.step)  \(checkpoint.bytes) bytes  \(checkpoint.ranks) ranks  \(checkpoint.path)")
      }
    }
  }

  struct Verify: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Read every chunk of a checkpoint, or of all in a run directory, and compare its checksum.")
    @Argument(help: "A run directory, or a checkpoint in it: RUN/checkpoints/step-N.") var path: String

    func run() throws {
      try forEachCheckpoint(path) { checkpoint in
        try checkpoint.verify()
        try tell("\(checkpoint.path): good")
      }
    }
  }

  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Show what a checkpoint holds.")
    @Argument(help: "A run directory, of which the newest is shown, or a checkpoint in it.") var path: String

    func run() throws {
      try forEachCheckpoint(path, newestOnly: true) { checkpoint in
        try tell("step \(checkpoint.step), written by \(checkpoint.ranks) ranks: \(checkpoint.path)")
        try tell(String(decoding: checkpoint.state, as: UTF8.self))
        for tensor in checkpoint.tensors { try tell("\(tensor.name)  \(tensor.shape)") }
      }
    }
  }
}

extension CheckpointCommand {
  struct Newest: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Name the newest checkpoint of a run that is whole: the one from which the run would go on.",
      discussion: "What is wrong with newer ones is told on stderr.")
    @Argument(help: "A run directory.") var path: String

    func run() throws {
      try withRanks { communicator in
        guard communicator.rank == 0 else { return }
        guard let checkpoint = try CheckpointDirectory(run: path).latestGood(report: complain) else {
          throw TrainingError.noCheckpoint(path: path)
        }
        try tell(checkpoint.path)
      }
    }
  }
}

/// Opens the checkpoint at `path`, or those of the run directory at `path`, the oldest first. A damaged one is told and
/// the others still get their turn; the exit code is 65 then.
private func forEachCheckpoint(
  _ path: String, newestOnly: Bool = false, _ body: (OpenCheckpoint) throws -> Void
) throws {
  try withRanks { communicator in
    guard communicator.rank == 0 else { return }
    var paths = CheckpointDirectory(run: path).paths
    let name = URL(fileURLWithPath: path).lastPathComponent
    if paths.isEmpty, FileManager.default.fileExists(atPath: path + "/manifest.json") || name.hasPrefix("step-") {
      paths = [path]
    }
    guard !paths.isEmpty, FileManager.default.fileExists(atPath: paths[0]) else {
      throw TrainingError.noCheckpoint(path: path)
    }
    var isWhole = true
    for checkpoint in newestOnly ? paths.suffix(1) : paths {
      do {
        try body(try OpenCheckpoint(path: checkpoint))
      } catch let error as CheckpointError {
        complain("\(error)")
        isWhole = false
      }
    }
    if !isWhole { throw ExitCode(65) }
  }
}
