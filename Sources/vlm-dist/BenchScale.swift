import ArgumentParser
import Communication
import Foundation
import Layers
import Memory
import Models
import Tensors
import Training

/// `vlm-dist bench scale`: time and memory of a training step as one thing grows, beside the arithmetic it asks for.
struct BenchScale: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "scale", abstract: "Time and memory of a training step as sequence, images or model grow.",
    discussion: """
      The models are made in memory. Ratios are to the row before: time or memory that grows faster than the \
      arithmetic shows there. Activations are what a step holds at most beyond parameters, gradients and optimizer.
      """)

  @Option(help: "sequence (256 to 8192 tokens), images (1 to 16 a sample) or model (width and layers).")
  var of: ScaleAxis
  @Option(help: "How many rows, from the smallest; all if not given.") var rows: Int?
  @OptionGroup var options: StepOptions
  @Option(help: "Steps that count, after one that does not.") var steps = 3
  @Flag(help: "One JSON line a row.") var json = false

  func validate() throws {
    try check(counts: ["--steps": steps, "--rows": rows ?? 1])
  }

  func run() throws {
    Threads.count = options.threads
    try withRanks { communicator in
      let rungs = of.rungs.prefix(rows ?? .max)
      var before: ScaleRow?
      if communicator.rank == 0, !json { try tell(ScaleRow.heading) }
      for (number, rung) in rungs.enumerated() {
        if communicator.rank == 0 { show("bench scale: \(of.rawValue), row \(number + 1) of \(rungs.count)\n") }
        let row = try measure(rung, communicator, before: before)
        if communicator.rank == 0 { try tell(json ? try jsonLine(row) : row.text) }
        before = row
      }
    }
  }

  private func measure(_ rung: ScaleRung, _ communicator: any Communicator, before: ScaleRow?) throws -> ScaleRow {
    // So that the peak of the process is this row's as far as it can be.
    MemoryPool.trim()
    let model = try VisionLanguageModel(configuration: rung.configuration(), store: ParameterStore(sources: []))
    let benchmark = try StepBenchmark(model: model, batch: rung.batch(), options: options, communicator: communicator)
    let found = try benchmark.run(warmUps: 1, steps: steps)
    let arithmetic = benchmark.arithmetic(lastLayer: .supervisedPositions)
    return ScaleRow(
      of: of, rung: rung, parameters: model.store.parameters.reduce(0) { $0 + $1.count }, options: options,
      ranks: communicator.size, found: found, arithmetic: arithmetic, before: before)
  }
}

/// One row of `bench scale`.
struct ScaleRow: Encodable {
  let of: String
  let tokens: Int
  let images: Int
  let width: Int
  let layers: Int
  let parameters: Int
  let train: String
  let dtype: String
  let threads: Int
  let ranks: Int
  let stepSecondsMedian: Double
  let usefulGflop: Double
  /// Useful operations over time, in GFLOP/s.
  let usefulGflops: Double
  let activationPeakMb: Double
  let peakRssMb: Int
  /// Over the row before; nil in the first.
  let timeRatio: Double?
  let arithmeticRatio: Double?
  let activationRatio: Double?

  init(
    of axis: ScaleAxis, rung: ScaleRung, parameters: Int, options: StepOptions, ranks: Int,
    found: StepBenchmark.Measurement, arithmetic: StepArithmetic, before: ScaleRow?
  ) {
    of = axis.rawValue
    (tokens, images, width, layers) = (rung.tokens, rung.images, rung.width, rung.layers)
    (self.parameters, self.ranks) = (parameters, ranks)
    (train, dtype, threads) = (options.train.rawValue, options.precision.rawValue, options.threads)
    stepSecondsMedian = found.median
    usefulGflop = arithmetic.total / 1e9
    usefulGflops = usefulGflop / found.median
    activationPeakMb = Double(found.activationBytes) / 1e6
    peakRssMb = peakMemory()
    timeRatio = before.map { found.median / $0.stepSecondsMedian }
    arithmeticRatio = before.map { arithmetic.total / 1e9 / $0.usefulGflop }
    activationRatio = before.map { Double(found.activationBytes) / 1e6 / $0.activationPeakMb }
  }

  static let heading =
    "tokens images width layers  s a step    GFLOP GFLOP/s activations MB  RSS MB   x time x GFLOP x activations"

  var text: String {
    func ratio(_ value: Double?) -> String { value.map { String(format: "%.2f", $0) } ?? "" }
    func right(_ text: String, _ width: Int) -> String {
      String(repeating: " ", count: max(0, width - text.count)) + text
    }
    return [
      right("\(tokens)", 6), right("\(images)", 6), right("\(width)", 5), right("\(layers)", 6),
      right(String(format: "%.4f", stepSecondsMedian), 9), right(String(format: "%.2f", usefulGflop), 8),
      right(String(format: "%.1f", usefulGflops), 7), right(String(format: "%.1f", activationPeakMb), 14),
      right("\(peakRssMb)", 7), right(ratio(timeRatio), 8), right(ratio(arithmeticRatio), 7),
      right(ratio(activationRatio), 13),
    ].joined(separator: " ")
  }
}
