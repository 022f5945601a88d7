import ArgumentParser
import Checkpoints
import Communication
import Datasets
import Foundation
import Models
import Pretrained
import Records
import Tensors

/// `vlm-dist bench overlap`: how much of the gradient sum over the ranks is hidden behind the backward pass.
struct BenchOverlap: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "overlap", abstract: "How much of the communication the backward pass hides.",
    discussion: """
      To be started by mpirun. Steps that sum their gradients over the ranks and the same steps of each rank for itself, \
      without a message, are taken in turns, in one process: their difference is what communication costs. Beside it the \
      sum alone, when nothing hides it. A step counts with its slowest rank; figures are medians over the rounds.
      """)

  @Option(help: "Hugging Face model directory.") var model: String
  @Option(help: "safetensors file with pixel_values, input_ids, labels.") var batch: String
  @OptionGroup var options: StepOptions
  @Option(help: "Micro-batches of each rank in a step; the sum goes on beside the last one alone.")
  var microBatches = 1
  @Option(help: "How often the batch's samples are in a micro-batch.") var copies = 1
  @Option(help: "Rounds that count, after one that does not.") var rounds = 5
  @Flag(help: "One JSON line.") var json = false
  @Option(help: "Where rank 0 writes the Chrome trace of its last step with communication.") var trace: String?

  func validate() throws {
    try check(counts: ["--rounds": rounds, "--micro-batches": microBatches, "--copies": copies])
  }

  func run() throws {
    Threads.count = options.threads
    try withRanks { communicator in
      // What cannot be written is told before the work.
      if communicator.rank == 0, let trace { try DurableFile.replace(trace, with: Array(ChromeTrace.empty.utf8)) }
      let loaded = try VisionLanguageModel.load(directory: model)
      var micro = try readBenchBatch(path: batch, configuration: loaded.configuration)
      micro = MicroBatch(samples: (0..<copies).flatMap { _ in micro.samples }, bad: [])
      let found = try OverlapBenchmark(
        model: loaded, batch: micro, microBatches: microBatches, options: options, communicator: communicator
      ).run(rounds: rounds)
      guard communicator.rank == 0 else { return }
      if let trace {
        let text = ChromeTrace(found.profile, rank: 0, host: Launch.hostName).json
        try DurableFile.replace(trace, with: Array(text.utf8))
      }
      let report = OverlapReport(self, found, samples: micro.samples.count * microBatches)
      try tell(json ? try jsonLine(report) : report.text)
    }
  }
}

/// What `bench overlap` prints.
private struct OverlapReport: Encodable {
  let peer = "vlm-dist"
  let train: String
  let dtype: String
  let zero: Int
  let wire: String
  let threads: Int
  /// Of a rank in a step.
  let samples: Int
  let microBatches: Int
  let rounds: Int
  /// Of rank 0, in the last step with communication.
  let waitForSumSeconds: Double
  let waitForLossesSeconds: Double
  private let times: OverlapTimes

  init(_ command: BenchOverlap, _ found: OverlapBenchmark.Measurement, samples: Int) {
    (train, dtype) = (command.options.train.rawValue, command.options.precision.rawValue)
    (zero, wire) = (command.options.zero.rawValue, command.options.wire.rawValue)
    (threads, microBatches, rounds) = (command.options.threads, command.microBatches, command.rounds)
    (self.samples, times) = (samples, found.times)
    waitForSumSeconds = found.profile.seconds(of: "wait for the gradient sum")
    waitForLossesSeconds = found.profile.seconds(of: "wait for the other ranks' losses")
  }

  private enum CodingKeys: String, CodingKey {
    case peer, train, dtype, zero, wire, threads, samples, microBatches, rounds, waitForSumSeconds, waitForLossesSeconds
  }

  /// One flat object.
  func encode(to encoder: any Encoder) throws {
    try times.encode(to: encoder)
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(peer, forKey: .peer)
    try container.encode(train, forKey: .train)
    try container.encode(dtype, forKey: .dtype)
    try container.encode(zero, forKey: .zero)
    try container.encode(wire, forKey: .wire)
    try container.encode(threads, forKey: .threads)
    try container.encode(samples, forKey: .samples)
    try container.encode(microBatches, forKey: .microBatches)
    try container.encode(rounds, forKey: .rounds)
    try container.encode(waitForSumSeconds, forKey: .waitForSumSeconds)
    try container.encode(waitForLossesSeconds, forKey: .waitForLossesSeconds)
  }

  var text: String {
    func fixed(_ value: Double, _ digits: Int = 4) -> String { String(format: "%.\(digits)f", value) }
    let shared = times.hiddenShare.map { "\(fixed(100 * $0, 1)) % of it hidden" } ?? "nothing to hide"
    return """
      \(times.ranks) ranks on \(times.hosts) \(times.hosts == 1 ? "host" : "hosts"), \
      \(String(format: "%.1f", Double(times.bytes) / 1e6)) MB of gradient
      \(fixed(times.withSeconds)) s a step with communication, \(fixed(times.withoutSeconds)) without: \
      efficiency \(fixed(times.efficiency, 3))
      \(fixed(times.communicationSeconds)) s the sum alone, \(fixed(times.backwardSeconds)) s the backward pass beside it
      \(fixed(times.exposedSeconds)) s exposed, \(shared); rank 0 waited \(fixed(waitForSumSeconds)) s for the sum, \
      \(fixed(waitForLossesSeconds)) for losses
      """
  }
}
