import ArgumentParser
import Communication
import Foundation
import Models
import Pretrained
import Tensors
import Training

/// `vlm-dist bench step`: training steps on a fixed batch, with the field names of the peer's benchmark.
struct BenchStep: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "step", abstract: "Time training steps of a model on a fixed batch.",
    discussion: """
      mfu is useful_gflop over the step's time and over peak_gflops, which `bench gemm` reaches in the same process \
      after the timed steps. Useful is what the loss of a rank's batch and its gradients need: no logits of \
      unsupervised positions, of the last layer no queries, output and perceptron for them, no key behind a causal \
      mask, nothing computed twice. all_positions_gflop and all_positions_mfu count the last layer whole.
      """)

  @Option(help: "Hugging Face model directory.") var model: String
  @Option(help: "safetensors file with pixel_values, input_ids, labels.") var batch: String
  @OptionGroup var options: StepOptions
  @Option(help: "Steps that count, after three that do not.") var steps = 10
  @Flag(help: "One JSON line.") var json = false
  @OptionGroup var profiling: ProfileOptions
  @Option(help: "Where --profile writes rank-N.json.") var trace = "profile"

  func validate() throws {
    try check(counts: ["--steps": steps])
  }

  func run() throws {
    Threads.count = options.threads
    try withRanks { communicator in
      let loaded = try VisionLanguageModel.load(directory: model)
      let benchmark = try StepBenchmark(
        model: loaded, batch: try readBenchBatch(path: batch, configuration: loaded.configuration), options: options,
        communicator: communicator)
      if communicator.rank == 0 { complain("memory: \(benchmark.memoryPlan.text)") }
      let found = try benchmark.run(warmUps: 3, steps: steps) { counted in
        try profiling.record(into: trace, communicator, counted)
      }
      // Before the products of the peak take memory of their own.
      try communicator.barrier()
      let memory = (peakMemory(), proportionalMemory())
      // All ranks at once, as they computed the steps.
      try communicator.barrier()
      let peak = GemmSize.peak(options.precision)
      guard communicator.rank == 0 else { return }
      let report = StepReport(benchmark, found, peak: peak, memory: memory)
      try tell(json ? try jsonLine(report) : report.text)
    }
  }
}

/// What `bench step` prints: the peer's fields and ours.
private struct StepReport: Encodable {
  let peer = "vlm-dist"
  let train: String
  let dtype: String
  let compile = false
  let ranks: Int
  let threads: Int
  let stepSecondsMedian: Double
  let positionsPerSecond: Double
  let losses: [Double]
  let firstGradNorm: Double
  let peakRssMb: Int
  /// When the steps are done, each page divided by the number of processes that have it.
  let pssMb: Int
  let activationPeakMb: Double
  /// Of one rank, as is everything below.
  let usefulGflop: Double
  let peakGflops: Double
  let mfu: Double
  let allPositionsGflop: Double
  let allPositionsMfu: Double

  init(
    _ benchmark: StepBenchmark, _ found: StepBenchmark.Measurement, peak: Double, memory: (peak: Int, proportional: Int)
  ) {
    let options = benchmark.options
    (train, dtype) = (options.train.rawValue, options.precision.rawValue)
    (ranks, threads) = (benchmark.communicator.size, options.threads)
    stepSecondsMedian = found.median
    positionsPerSecond = Double(ranks * benchmark.batch.tokens.count) / found.median
    (losses, firstGradNorm) = (found.losses, found.firstNorm)
    (peakRssMb, pssMb) = memory
    activationPeakMb = (Double(found.activationBytes) / 1e5).rounded() / 10
    peakGflops = peak
    usefulGflop = benchmark.arithmetic(lastLayer: .supervisedPositions).total / 1e9
    mfu = usefulGflop / found.median / peak
    allPositionsGflop = benchmark.arithmetic(lastLayer: .allPositions).total / 1e9
    allPositionsMfu = allPositionsGflop / found.median / peak
  }

  var text: String {
    """
    \(String(format: "%.4f", stepSecondsMedian)) s a step, first loss \(losses[0]), peak \(peakRssMb) MB
    \(String(format: "%.1f", usefulGflop)) GFLOP useful, peak \(peakGflops) GFLOP/s, \
    MFU \(String(format: "%.3f", mfu)) (\(String(format: "%.3f", allPositionsMfu)) with the whole last layer)
    """
  }
}
