import ArgumentParser
import Communication
import Foundation
import Models
import Pretrained
import Tensors
import Training

/// `vlm-dist bench order`: what it costs to sum gradients in one fixed order.
struct BenchOrder: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "order", abstract: "What it costs to sum gradients in one fixed order.",
    discussion: """
      Alone or under mpirun. Three kinds of training step are taken in turns, in one process: fixed, as `train` takes \
      it; running, which adds all micro-batches of a rank into one buffer and sums one contribution of each rank beside \
      the last backward pass; library, which does that after it, by the fastest algorithm of MPI_Allreduce for a \
      bucket. The last two have other bits on another number of ranks. A step counts with its slowest rank; figures are \
      medians over the rounds, ratios those within a round; folding is the part of a step in which rank 0 clears buffers \
      and adds up micro-batches longer than with the running sum. With one micro-batch a rank fixed and running are the same \
      step: what their ratio is off 1 is noise.
      """)

  @Option(help: "Hugging Face model directory.") var model: String
  @Option(help: "safetensors file with pixel_values, input_ids, labels: each micro-batch.") var batch: String
  @OptionGroup var options: StepOptions
  @Option(help: "Micro-batches of each rank in a step; several layouts one after the other.")
  var microBatches = "1,2,3,4"
  @Option(help: "Steps of a kind in a row.") var steps = 1
  @Option(help: "Rounds that count, after one that does not.") var rounds = 5
  @Flag(help: "A line of JSON per layout.") var json = false

  private var layouts: [Int] { microBatches.split(separator: ",").compactMap { Int($0) } }

  func validate() throws {
    let count = microBatches.split(separator: ",", omittingEmptySubsequences: false).count
    guard layouts.count == count, layouts.allSatisfy((1...1 << 20).contains) else {
      throw ValidationError("--micro-batches must be numbers from 1 on with commas between them")
    }
    try check(counts: ["--steps": steps, "--rounds": rounds])
  }

  func run() throws {
    Threads.count = options.threads
    LibrarySum.prepare()
    try withRanks { communicator in
      let loaded = try VisionLanguageModel.load(directory: model)
      let benchmark = try OrderBenchmark(
        model: loaded, batch: try readBenchBatch(path: batch, configuration: loaded.configuration), options: options,
        communicator: communicator)
      if communicator.rank == 0, !json { try tell(OrderRow.heading) }
      for count in layouts {
        let found = try benchmark.run(microBatches: count, steps: steps, rounds: rounds)
        guard communicator.rank == 0 else { continue }
        let row = OrderRow(self, benchmark, found, ranks: communicator.size, microBatches: count)
        try tell(json ? try jsonLine(row) : row.text)
      }
    }
  }
}

/// One layout of `bench order`.
private struct OrderRow: Encodable {
  private struct Facts: Encodable {
    let ranks: Int
    let hosts: Int
    let microBatches: Int
    let train: String
    let dtype: String
    let zero: Int
    let wire: String
    let threads: Int
    /// Of the gradient.
    let bytes: Int
    /// The library's algorithm.
    let library: String?
    /// What `train` says of this layout before its first step.
    let layoutCost: String?
    let fixedMemoryBytes: Int
    let runningMemoryBytes: Int
    let libraryMemoryBytes: Int?
    /// Of the mean gradient, which the order changes by rounding alone.
    let fixedGradNorm: Double?
    let runningGradNorm: Double?
    let libraryGradNorm: Double?
    let loss: Double?
  }

  private let facts: Facts
  private let times: OrderTimes

  init(
    _ command: BenchOrder, _ benchmark: OrderBenchmark, _ found: OrderBenchmark.Measurement, ranks: Int,
    microBatches: Int
  ) {
    let options = command.options
    func memory(_ setting: OrderTimes.Setting) -> Int { benchmark.memory(of: setting, microBatches: microBatches) }
    times = found.times
    facts = Facts(
      ranks: ranks, hosts: found.layout.hosts, microBatches: microBatches, train: options.train.rawValue,
      dtype: options.precision.rawValue, zero: options.zero.rawValue, wire: options.wire.rawValue,
      threads: options.threads, bytes: benchmark.floats * MemoryLayout<Float>.stride, library: benchmark.libraryName,
      layoutCost: found.layout.cost, fixedMemoryBytes: memory(.fixed), runningMemoryBytes: memory(.running),
      libraryMemoryBytes: benchmark.libraryName.map { _ in memory(.library) },
      fixedGradNorm: found.results[.fixed]?.gradientNorm, runningGradNorm: found.results[.running]?.gradientNorm,
      libraryGradNorm: found.results[.library]?.gradientNorm, loss: found.results[.fixed]?.loss)
  }

  /// One flat object.
  func encode(to encoder: any Encoder) throws {
    try facts.encode(to: encoder)
    try times.encode(to: encoder)
  }

  static let heading = """
    | ranks | hosts | micro-batches of each | fixed, s | running, s | library, s | fixed / fastest | folding, % | gradients, MB | \
    of running | of library | layout |
    |---|---|---|---|---|---|---|---|---|---|---|---|
    """

  var text: String {
    func fixed(_ value: Double?, _ digits: Int) -> String { value.map { String(format: "%.\(digits)f", $0) } ?? "" }
    func megabytes(_ bytes: Int?) -> String { bytes.map { String(format: "%.0f", Double($0) / 1e6) } ?? "" }
    let cells = [
      "\(facts.ranks)", "\(facts.hosts)", "\(facts.microBatches)", fixed(times.fixedSeconds, 4),
      fixed(times.runningSeconds, 4), fixed(times.librarySeconds, 4), fixed(times.fixedOverFastest, 3),
      fixed(100 * times.foldingShare, 2),
      megabytes(facts.fixedMemoryBytes), megabytes(facts.runningMemoryBytes), megabytes(facts.libraryMemoryBytes),
      facts.layoutCost ?? "costs nothing more",
    ]
    return "| " + cells.joined(separator: " | ") + " |"
  }
}
