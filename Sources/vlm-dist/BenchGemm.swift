import ArgumentParser
import Kernels
import Tensors

/// `vlm-dist bench gemm`: the peak against which a step's FLOP utilisation is taken.
struct BenchGemm: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "gemm", abstract: "Floating-point rate of the matrix product: the best over a few shapes of training.")

  @Option(help: "Precision of the operands: fp32 or bf16.") var precision = ProductPrecision.fp32
  @Option(help: "Threads.") var threads = 1
  @Option(help: "Rows x outputs x inputs of a product, such as 1024x1536x512; may be repeated.")
  var size: [GemmSize] = GemmSize.typical
  @Flag(help: "One JSON line.") var json = false

  func validate() throws {
    try precision.checkProcessor()
    try check(counts: ["--threads": threads], most: ThreadOptions.mostThreads)
  }

  func run() throws {
    Threads.count = threads
    let rates = size.map { (size: $0, gflops: $0.rate(precision)) }
    guard let best = rates.max(by: { $0.gflops < $1.gflops }) else { return }
    if json {
      try tell(
        try jsonLine(
          Report(
            gflops: best.gflops, size: best.size.description, dtype: precision.rawValue, threads: threads,
            core: OpenBLAS.core, sizes: Dictionary(rates.map { ($0.size.description, $0.gflops) }) { max($0, $1) })))
    } else {
      for rate in rates { try tell("\(rate.size)  \(rate.gflops) GFLOP/s") }
      try tell("peak  \(best.gflops) GFLOP/s, \(precision.rawValue), \(threads) threads, \(OpenBLAS.core)")
    }
  }

  private struct Report: Encodable {
    let gflops: Double
    let size: String
    let dtype: String
    let threads: Int
    let core: String
    let sizes: [String: Double]
  }
}

/// The shape of a product `x · weightᵀ`.
struct GemmSize: Equatable, CustomStringConvertible, ExpressibleByArgument {
  let rows: Int
  let outputs: Int
  let inputs: Int

  /// Two cubes, and the maps of a decoder layer on a micro-batch of a thousand tokens.
  static let typical = [
    GemmSize(rows: 512, outputs: 512, inputs: 512), GemmSize(rows: 1024, outputs: 1024, inputs: 1024),
    GemmSize(rows: 1024, outputs: 1536, inputs: 512), GemmSize(rows: 1024, outputs: 512, inputs: 1536),
  ]

  /// Seconds for which each shape is measured.
  private static let budget = 0.5

  init(rows: Int, outputs: Int, inputs: Int) { (self.rows, self.outputs, self.inputs) = (rows, outputs, inputs) }

  init?(argument: String) {
    let sides = argument.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) ?? 0 }
    guard sides.count == 3, sides.allSatisfy((1...16_384).contains) else { return nil }
    self.init(rows: sides[0], outputs: sides[1], inputs: sides[2])
  }

  var description: String { "\(rows)x\(outputs)x\(inputs)" }

  /// GFLOP/s of the fastest of many products, on `Threads.count` threads.
  func rate(_ precision: ProductPrecision) -> Double {
    var random = RandomStream(1)
    let x = random.normalTensor([rows, inputs], deviation: 1)
    let weight = random.normalTensor([outputs, inputs], deviation: 1)
    let (roundedX, roundedWeight) = (BFloat16Tensor(rounding: x), BFloat16Tensor(rounding: weight))
    var (best, spent, count) = (Double.infinity, 0.0, 0)
    // The first one also generates code and obtains memory; it is never the fastest of several.
    while spent < Self.budget || count < 3 {
      let time = seconds {
        switch precision {
        case .fp32: _ = linear(x, weight: weight)
        case .bf16: _ = linear(roundedX, weight: roundedWeight)
        }
      }
      (best, spent, count) = (min(best, time), spent + time, count + 1)
    }
    return (2 * Double(rows) * Double(outputs) * Double(inputs) / best / 1e8).rounded() / 10
  }

  /// The highest rate over the typical shapes, in GFLOP/s.
  static func peak(_ precision: ProductPrecision) -> Double { typical.map { $0.rate(precision) }.max() ?? 0 }
}
