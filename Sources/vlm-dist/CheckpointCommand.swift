import ArgumentParser
import Checkpoints
import Foundation

/// `vlm-dist checkpoint`: a look into the checkpoints of a run.
struct CheckpointCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "checkpoint", abstract: "List, verify or show checkpoints.",
    subcommands: [List.self, Verify.self, Show.self])

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List the complete checkpoints of a run directory.")
    @Argument(help: "The run directory.") var directory: String

    func run() throws {
      for summary in CheckpointDirectory(run: directory).list() {
        print("step \(summary.step)  \(summary.bytes) bytes  \(summary.ranks) ranks  \(summary.path)")
      }
    }
  }

  struct Verify: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Read every chunk of a checkpoint and compare its checksum.")
    @Argument(help: "A checkpoint: RUN/checkpoints/step-N.") var path: String

    func run() throws {
      do {
        try OpenCheckpoint(path: path).verify()
        print("\(path): good")
      } catch {
        complain("\(error)")
        throw ExitCode(65)
      }
    }
  }

  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Show what a checkpoint holds.")
    @Argument(help: "A checkpoint: RUN/checkpoints/step-N.") var path: String

    func run() throws {
      do {
        let checkpoint = try OpenCheckpoint(path: path)
        print("step \(checkpoint.step), written by \(checkpoint.ranks) ranks")
        print(String(decoding: checkpoint.state, as: UTF8.self))
        for tensor in checkpoint.tensors { print("\(tensor.name)  \(tensor.shape)") }
      } catch {
        complain("\(error)")
        throw ExitCode(65)
      }
    }
  }
}
