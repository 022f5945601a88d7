import ArgumentParser

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
}
