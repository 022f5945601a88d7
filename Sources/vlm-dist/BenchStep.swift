import ArgumentParser
import Autograd
import Checkpoints
import Communication
import Datasets
import Foundation
import Kernels
import Models
import Pretrained
import Profiling
import Recipes
import Tensors
import Training

/// `vlm-dist bench step`: training steps on a fixed batch, with the field names of the peer's benchmark.
struct BenchStep: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "step", abstract: "Time training steps of a model on a fixed batch.")

  @Option(help: "Hugging Face model directory.") var model: String
  @Option(help: "safetensors file with pixel_values, input_ids, labels.") var batch: String
  @Option(help: "stage1: the connector; stage2: connector and language model.") var train = "stage2"
  @Option(help: "Precision of products: fp32 or bf16.") var precision = ProductPrecision.fp32
  @Option(help: "What layers keep for the backward pass: keep, or recompute (less memory, more time).")
  var memory = Autograd.ActivationMemory.keep
  @Option(help: "Threads per rank.") var threads = 1
  @Option(help: "Steps that count, after three that do not.") var steps = 10
  @Flag(help: "One JSON line.") var json = false
  @OptionGroup var profiling: ProfileOptions
  @Option(help: "Where --profile writes rank-N.json.") var trace = "profile"

  func validate() throws {
    guard ["stage1", "stage2"].contains(train) else { throw ValidationError("--train is stage1 or stage2") }
    guard precision == .fp32 || OneDNN.hasBFloat16 else {
      throw ValidationError("--precision bf16: this processor has no bf16 instructions (see vlm-dist doctor)")
    }
    guard threads >= 1, steps >= 1 else { throw ValidationError("--threads and --steps must be at least 1") }
  }

  func run() throws {
    Threads.count = threads
    try withRanks { communicator in
      let loaded = try VisionLanguageModel.load(directory: model)
      loaded.store.setProducts(precision)
      let micro = try readBatch(loaded.configuration)
      let parts = (train == "stage1" ? [ModelPart.connector] : [.connector, .language])
        .map { PartTraining(part: $0, lr: 1e-4) }
      let parameters = try StageParameters(model: loaded, train: parts)
      let optimizer = OptimizerState(
        count: parameters.count,
        settings: Recipes.Optimizer(kind: .adamw, betas: [0.9, 0.999], eps: 1e-8, weightDecay: 0))
      // The same work on every rank: one micro-batch each.
      let step = try DataParallelStep(
        model: loaded, parameters: parameters, optimizer: optimizer, communicator: communicator, sources: 1, clip: 1,
        leaves: communicator.size, activations: memory)
      let plan = MemoryPlan(
        model: loaded, train: parts, precision: precision, activations: memory,
        batch: (micro.tokens.count, micro.imageCount), ownLeaves: 1, ranks: communicator.size)
      if communicator.rank == 0 { complain("memory: \(plan.text)") }
      var losses: [Double] = []
      var times: [Double] = []
      var firstNorm = 0.0
      func take(_ numbers: Range<Int>) throws {
        for number in numbers {
          let time = try seconds {
            let result = try Profile.step(number) {
              try step([micro], leaves: communicator.size, step: number, learningRates: parts.map { _ in 1e-4 })
            }
            losses.append((result.loss * 1e6).rounded() / 1e6)
            if number == 0 { firstNorm = result.gradientNorm }
          }
          times.append(time)
        }
      }
      try take(0..<3)
      times = []
      try profiling.record(into: trace, communicator) {
        try take(3..<3 + steps)
        if communicator.rank == 0 {
          report(times.sorted(), losses, firstNorm, ranks: communicator.size, positions: micro.tokens.count)
        }
      }
    }
  }

  private func report(_ times: [Double], _ losses: [Double], _ norm: Double, ranks: Int, positions: Int) {
    let median = times[times.count / 2]
    let memory = peakMemory()
    if json {
      print(
        "{\"peer\": \"vlm-dist\", \"train\": \"\(train)\", \"dtype\": \"\(precision.rawValue)\", \"ranks\": \(ranks), \"threads\": \(threads), "
          + "\"step_seconds_median\": \(median), \"positions_per_second\": \(Double(ranks * positions) / median), "
          + "\"losses\": \(losses), \"first_grad_norm\": \(norm), \"peak_rss_mb\": \(memory)}")
    } else {
      print("\(median) s a step (median of \(times.count)), first loss \(losses[0]), peak \(memory) MB")
    }
  }

  private func readBatch(_ configuration: ModelConfiguration) throws -> MicroBatch {
    let file = try SafetensorsFile(path: batch)
    let (ids, labels) = (try file.integers("input_ids"), try file.integers("labels"))
    let pixels = try file.tensor("pixel_values")
    guard let shape = file.entry("input_ids")?.shape, shape.count == 2, labels.count == ids.count,
      pixels.shape.count == 4, pixels.shape[0] == shape[0]
    else { throw ValidationError("\(batch): input_ids and labels are [batch, length], pixel_values [batch, 3, H, W]") }
    let (length, all) = (shape[1], pixels.array)
    let image = all.count / shape[0]
    return MicroBatch(
      samples: (0..<shape[0]).map { row in
        PreparedSample(
          id: "row \(row)", source: 0, tokens: ids[row * length..<(row + 1) * length].map { Int32($0) },
          labels: labels[row * length..<(row + 1) * length].map { Int32($0) },
          images: [Array(all[row * image..<(row + 1) * image])])
      }, bad: [])
  }

  /// The most memory this process ever held, in MB.
  private func peakMemory() -> Int {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") } ?? ""
    return (line.split(separator: " ").compactMap { Int($0) }.first ?? 0) / 1024
  }
}

extension ProductPrecision: ExpressibleByArgument {}
extension Autograd.ActivationMemory: ExpressibleByArgument {}
