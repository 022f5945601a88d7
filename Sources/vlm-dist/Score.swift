import ArgumentParser
import Communication
import Datasets
import Foundation
import Pretrained

/// `vlm-dist score`: the log-likelihood of each sample of a data set.
struct Score: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Write id, tokens, supervised tokens and summed negative log-likelihood of every sample.")

  @Option(help: "Hugging Face model directory.")
  var model: String

  @Option(help: "Data file (LLaVA conversations, JSON or JSONL).")
  var data: String

  @Option(help: "Directory of the pictures; the data file's own if not given.")
  var images: String?

  @Option(help: "Output file (JSONL), one line per sample.")
  var output: String

  func run() throws {
    try withRanks { communicator in
      let loaded = try LoadedModel.load(directory: model)
      let dataset = try LlavaDataset(name: "data", path: data, imageDirectory: images)
      let loader = SampleLoader(
        sources: [dataset], encoder: try loaded.encoder(), preprocessor: loaded.preprocessor,
        imageTokens: loaded.model.configuration.imageTokens, maximumTokens: nil)
      var lines: [String] = []
      for index in stride(from: communicator.rank, to: dataset.count, by: communicator.size) {
        let batch = loader.load([SampleReference(source: 0, index: index)])
        guard let sample = batch.samples.first else {
          for bad in batch.bad { complain("skipped: \(bad.reason)") }
          lines.append("")
          continue
        }
        let losses = try loaded.model.losses(
          batch.modelInput(imageSize: loaded.model.configuration.vision?.imageSize), sample: sample.id)
        let line = ScoreLine(
          id: sample.id, tokens: sample.tokens.count, supervised_tokens: losses.count,
          nll: losses.reduce(0) { $0 + Double($1) })
        lines.append(try line.json())
      }
      let all = try communicator.gather(Array(lines.joined(separator: "\n").utf8), to: 0)
        .map { String(decoding: $0, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false) }
      guard communicator.rank == 0 else { return }
      // Rank r had samples r, r + P, ...: dealt back into the file's order. Skipped samples have no line.
      let ordered = (0..<dataset.count).map { String(all[$0 % communicator.size][$0 / communicator.size]) }
      let text = ordered.filter { !$0.isEmpty }.map { $0 + "\n" }.joined()
      do {
        try Data(text.utf8).write(to: URL(fileURLWithPath: output), options: .atomic)
      } catch {
        throw DatasetError.unwritable(path: output, reason: "\(error)")
      }
    }
  }
}

/// A line of the output; the names are the contract's.
private struct ScoreLine: Encodable {
  let id: String
  let tokens: Int
  let supervised_tokens: Int
  let nll: Double

  func json() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(self), as: UTF8.self)
  }
}
