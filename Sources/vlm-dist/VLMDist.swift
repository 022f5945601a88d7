import ArgumentParser
import Communication
import Foundation
import Training

/// The program: one subcommand per file. Without one it trains.
@main
struct VLMDist: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "vlm-dist",
    abstract: "Trains vision-language models on clusters of ordinary machines.",
    discussion: "Start it under mpirun to use several ranks: mpirun -np 8 vlm-dist train recipe.yaml --run runs/first",
    subcommands: [
      Train.self, Export.self, Score.self, Generate.self, DataCommand.self, CheckpointCommand.self, Bench.self,
      Doctor.self,
    ],
    defaultSubcommand: Train.self)

  static func main() {
    StandardStreams.prepare()
    do {
      try CommandFault.check(
        Array(CommandLine.arguments.dropFirst()), commands: configuration.subcommands.map { $0._commandName })
      var command = try parseAsRoot()
      try command.run()
    } catch {
      leave(error)
    }
  }

  /// Commands tell their own errors and leave an exit code. What else comes here are faults of the command line, one
  /// line of rank 0, and the help that was asked for.
  private static func leave(_ error: any Error) -> Never {
    // A command that has no ranks.
    if let error = error as? OutputError {
      complain("\(error)")
      exit(withError: vlm_dist.exitCode(of: error))
    }
    let rank = Launch.environmentRank()?.rank ?? 0
    let code = exitCode(for: error)
    if error is ExitCode || (code == .success && rank == 0) { exit(withError: error) }
    guard code != .success else { exit(withError: nil) }
    // All ranks have the same command line as a rule. Rank 0 tells what is wrong with it, and mpirun ends the others.
    if rank > 0 { sleep(10) }
    let words = message(for: error).split(whereSeparator: \.isNewline).joined(separator: " ")
    complain("\(words); see `vlm-dist --help` and `vlm-dist COMMAND --help`")
    exit(withError: ExitCode(64))
  }
}
