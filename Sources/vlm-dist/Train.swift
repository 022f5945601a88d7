import ArgumentParser
import Communication
import Foundation
import Profiling
import Recipes
import Records
import Training

/// `vlm-dist train`: trains by a recipe; without one, the built-in demo.
struct Train: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Train a model by a recipe; without one, the built-in demo.",
    discussion: """
      A run directory that holds a checkpoint is resumed unless --fresh is given.
      SIGTERM, SIGINT, SIGUSR1 or SIGUSR2 asks for a checkpoint and the end, code 75; a second Ctrl-C ends it at once.
      A rank that is silent for 8 seconds (VLM_DIST_SILENCE_SECONDS), or does nothing in a step for 120 \
      (VLM_DIST_STALL_SECONDS), ends the run with code 76: the last operations of the others are in RUN/flight.
      """)

  @Argument(help: "The recipe (YAML). Without it: the built-in demo.")
  var recipePath: String?

  @Option(name: .customLong("run"), help: "The run directory.")
  var directory = "runs/demo"

  @Option(name: .customLong("set"), help: "Override a value of the recipe: key.path=value. May be repeated.")
  var overrides: [String] = []

  @Flag(help: "Begin anew: what the run directory holds is set aside.")
  var fresh = false

  @Flag(help: "Check the recipe and that its files are there, print it resolved, and stop.")
  var dryRun = false

  @OptionGroup var threading: ThreadOptions
  @OptionGroup var profiling: ProfileOptions

  func run() throws {
    // First of all: a signal that comes while MPI starts or the demo's data are written must not be lost either.
    let interruption = Interruption()
    let signals = interruption.listen()
    defer { for signal in signals { signal.cancel() } }
    try withRanks { communicator in
      threading.apply(communicator)
      // Nothing is moved or written for a recipe that does not hold.
      let recipe = try loadRecipe()
      if dryRun {
        guard communicator.rank == 0 else { return }
        // The demo's come with the run.
        if recipePath != nil { try recipe.checkFiles() }
        try tell(recipe.yaml(), terminator: "")
        return
      }
      // All have read it: it may lie in a directory that is now set aside.
      try communicator.barrier()
      try together(communicator) {
        if fresh, let aside = try setAside(run: directory) { complain("\(directory) was set aside as \(aside)") }
        if recipePath == nil { try Demo.write(run: directory) }
      }
      let heartbeats = try Heartbeats.start(run: directory, communicator)
      defer { heartbeats?.stop() }
      let trainer = try Trainer(recipe: recipe, run: directory, communicator: communicator, interruption: interruption)
      let report = RunReport(run: directory)
      trainer.milestone = { report.refresh(at: $0) }
      let ending = try profiling.record(into: directory + "/profile", communicator) {
        let ending = try trainer()
        if communicator.rank == 0, ending == .finished {
          let content = try Profile.phase("records") { try report.write() }
          try tell(
            ClosingSummary(content: content, run: directory, program: CommandLine.arguments[0]).text, terminator: "")
        }
        return ending
      }
      if ending == .paused { throw ExitCode(75) }
    }
  }

  /// The recipe; that of the demo as it will be written, where it is not there yet.
  private func loadRecipe() throws -> Recipe {
    let path = recipePath ?? Demo.recipePath(run: directory)
    let isToCome = recipePath == nil && (fresh || !FileManager.default.fileExists(atPath: path))
    let recipe = try Recipe.load(path: path, text: isToCome ? Demo.recipe : nil, overrides: overrides)
    if let unsupported = recipe.unsupportedSettings.first { throw unsupported }
    return recipe
  }

  /// Rank 0 prepares the run directory; the others wait for it.
  private func together(_ communicator: any Communicator, _ body: () throws -> Void) throws {
    if communicator.rank == 0 { try body() }
    try communicator.barrier()
  }
}
