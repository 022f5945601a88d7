import ArgumentParser
import Checkpoints
import Tensors

/// `vlm-dist bench checkpoint`: how much smaller, and how fast, the compression of checkpoints is.
struct BenchCheckpoint: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "checkpoint",
    abstract: "Ratio and speed of the compression of weights, on one thread, from memory to memory.",
    discussion: "Checksums are part of it, as in a checkpoint. 1 GB/s is 10^9 bytes of numbers a second.")

  @Argument(help: "A Hugging Face directory whose weights are taken. Without it: normal numbers like a new model's.")
  var model: String?
  @Option(help: "The numbers' width: fp32, or bf16 as features are kept.") var dtype = NumberWidth.fp32
  @Option(help: "Millions of numbers, where no model is given.") var millions = 20
  @Option(help: "Rounds; the fastest counts.") var rounds = 5
  @Flag(help: "One JSON line.") var json = false

  enum NumberWidth: String, ExpressibleByArgument, CaseIterable { case fp32, bf16 }

  func validate() throws {
    try check(counts: ["--millions": millions], most: 4096)
    try check(counts: ["--rounds": rounds])
  }

  func run() throws {
    try withRanks { communicator in
      guard communicator.rank == 0 else { return }
      let numbers = try numbers()
      let figures =
        switch dtype {
        case .fp32: try CodecFigures.measure(numbers, rounds: rounds)
        case .bf16: try CodecFigures.measure(BFloat16Tensor(rounding: numbers), rounds: rounds)
        }
      let report = Report(
        dtype: dtype.rawValue, megabytes: Double(figures.bytes) / 1e6,
        ratio: Double(figures.compressedBytes) / Double(figures.bytes),
        compressGbPerS: Double(figures.bytes) / figures.compressSeconds / 1e9,
        decompressGbPerS: Double(figures.bytes) / figures.decompressSeconds / 1e9)
      if json {
        try tell(try jsonLine(report))
      } else {
        try tell("\(report.dtype), \(report.megabytes) MB: \(report.ratio) of its size")
        try tell("compress    \(report.compressGbPerS) GB/s")
        try tell("decompress  \(report.decompressGbPerS) GB/s")
      }
    }
  }

  /// All floating-point weights of the model end to end, or invented ones.
  private func numbers() throws -> Tensor {
    guard let model else {
      var random = RandomStream(1)
      return random.normalTensor([millions * 1_000_000], deviation: 0.02)
    }
    let files = try ShardedSafetensors(directory: model)
    let names = files.names.filter { [.f32, .f16, .bf16].contains(files.entry($0)?.type) }
    let count = names.reduce(0) { $0 + (files.entry($1)?.count ?? 0) }
    guard count > 0 else { throw ValidationError("\(model) has no floating-point weights") }
    let all = Tensor(uninitialized: [count])
    var start = 0
    for name in names {
      let tensor = try files.tensor(name)
      (all.sharedPointer + start).update(from: tensor.pointer, count: tensor.count)
      start += tensor.count
    }
    return all
  }

  private struct Report: Encodable {
    let dtype: String
    let megabytes: Double
    let ratio: Double
    let compressGbPerS: Double
    let decompressGbPerS: Double
  }
}
