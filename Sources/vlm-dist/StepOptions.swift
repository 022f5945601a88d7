import ArgumentParser
import Autograd
import Communication
import Kernels
import Models
import Recipes

/// How the benchmarks of training steps train.
struct StepOptions: ParsableArguments {
  @Option(help: "stage1: the connector; stage2: connector and language model.") var train = BenchStage.stage2
  @Option(help: "Precision of products: fp32 or bf16.") var precision = ProductPrecision.fp32
  @Option(help: "What layers keep for the backward pass: keep, or recompute (less memory, more time).")
  var memory = Autograd.ActivationMemory.keep
  @Option(help: "What is dealt out over ranks: 0, moments over those of a host; 1, moments over all; 2, gradients too.")
  var zero = ZeroStage.none
  @Option(help: "In which type gradients travel between hosts: fp32 or bf16.")
  var wire = Communication.GradientWire.fp32
  @Option(help: "Threads per rank.") var threads = 1

  func validate() throws {
    try precision.checkProcessor()
    try check(counts: ["--threads": threads], most: ThreadOptions.mostThreads)
  }
}

/// What a benchmark step trains, as the peer calls it.
enum BenchStage: String, CaseIterable, ExpressibleByArgument {
  case stage1, stage2

  var parts: [PartTraining] {
    (self == .stage1 ? [ModelPart.connector] : [.connector, .language]).map { PartTraining(part: $0, lr: 1e-4) }
  }

  /// The same for the count of operations; a recipe's `language` takes embeddings and head with it.
  var trained: TrainedParts { self == .stage1 ? .connector : [.connector, .language, .embeddings, .head] }
}

extension ProductPrecision: ExpressibleByArgument {
  /// Throws where products in this precision would silently be others.
  func checkProcessor() throws {
    guard self == .fp32 || OneDNN.hasBFloat16 else {
      throw ValidationError("--precision bf16: this processor has no bf16 instructions (see vlm-dist doctor)")
    }
  }
}

extension Autograd.ActivationMemory: ExpressibleByArgument {}

extension ZeroStage: ExpressibleByArgument {}
