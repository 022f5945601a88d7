import Autograd
import Communication
import Datasets
import Models
import Tensors
import Training

/// The plain data-parallel step, for comparison: all micro-batches of a rank are added up in one buffer, and when the last
/// backward pass is over `MPI_Allreduce` sums it, bucket by bucket. Forward, backward and optimizer are the trainer's.
final class LibraryStep {
  private let model: VisionLanguageModel
  private let trainer: BenchTrainer
  private let options: StepOptions
  private let communicator: any Communicator
  private let library: LibrarySum
  private let buffer = GradientBuffer()
  /// Of this rank, and of all.
  private let (own, sum): (Storage, Storage)

  /// What a step found, over all ranks.
  struct Result {
    let loss: Double
    let gradientNorm: Double
  }

  init(
    model: VisionLanguageModel, trainer: BenchTrainer, options: StepOptions, communicator: any Communicator,
    library: LibrarySum
  ) {
    self.model = model
    self.trainer = trainer
    self.options = options
    self.communicator = communicator
    self.library = library
    own = Storage(count: trainer.parameters.count)
    sum = Storage(count: trainer.parameters.count)
  }

  /// Makes the gradients of the model come here, those of looked-up rows as well.
  func attach() {
    for entry in trainer.parameters.entries { entry.parameter.train(into: buffer, offset: entry.offset) }
  }

  /// Collective. One step over this rank's `batches`.
  func callAsFunction(_ batches: [MicroBatch], learningRates: [Double]) throws -> Result {
    own.base.update(repeating: 0, count: trainer.parameters.count)
    buffer.base = own.base
    defer { buffer.base = nil }
    // Σ of negative log-likelihoods, and supervised tokens.
    var totals = [0.0, 0.0]
    for batch in batches {
      let tape = Tape(options.memory)
      let losses = try model.losses(
        batch.modelInput(imageSize: model.configuration.vision?.imageSize), on: tape, sample: "of the batch")
      totals[0] += losses.reduce(0) { $0 + Double($1) }
      totals[1] += Double(losses.count)
      tape.backward { _ in }
    }
    try communicator.allReduceSum(&totals)
    for bucket in trainer.parameters.buckets {
      try library(own.base + bucket.lowerBound, into: sum.base + bucket.lowerBound, count: bucket.count)
    }
    let norm = try trainer.step.update(sum.base, supervised: Int(totals[1]), learningRates: learningRates)
    if norm.isFinite { try trainer.step.update.share() }
    return Result(loss: totals[0] / totals[1], gradientNorm: norm)
  }
}
