import ArgumentParser
import Checkpoints
import Communication
import Datasets
import Foundation
import Pretrained
import Recipes
import Records
import Training

/// `vlm-dist score`: the log-likelihood of each sample of a data set.
struct Score: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Write id, tokens, supervised tokens and summed negative log-likelihood of every sample.")

  @Option(help: "Hugging Face model directory, run directory or checkpoint.")
  var model: String

  @Option(help: "Data file (LLaVA conversations, JSON or JSONL).")
  var data: String

  @Option(help: "Directory of the pictures; the data file's own if not given.")
  var images: String?

  @Option(help: "Output file (JSONL), one line per sample.")
  var output: String

  @Option(help: "Format of the data file: llava.")
  var format = DataFormat.llava

  @Option(
    help: "How conversations become tokens: auto (what the model was trained or published with), chatml, plain, ...")
  var template = Recipes.ChatTemplate.auto

  @Flag(help: "Replace every picture by a grey one: what the model knows without seeing.")
  var blankImages = false

  @OptionGroup var threading: ThreadOptions

  func run() throws {
    try withRanks { communicator in
      threading.apply(communicator)
      // Said before hours of work, not after.
      try checkOutput()
      let chosen = try RunLoader.choose(model, communicator) { complain($0) }
      let loaded = try RunLoader.model(at: chosen, template: ModelAssembly.template(template)) { complain($0) }
      if communicator.rank == 0, let note = loaded.assumedTemplate(setting: "--template") { complain(note) }
      let dataset = try LlavaDataset(name: "data", path: data, imageDirectory: images)
      let (own, ownSums) = try lines(loaded, dataset, communicator)
      var sums = ownSums
      try communicator.allReduceSum(&sums)
      let all = try communicator.gather(Array(own.joined(separator: "\n").utf8), to: 0)
        .map { String(decoding: $0, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false) }
      guard communicator.rank == 0 else { return }
      // Rank r had samples r, r + P, ...: dealt back into the file's order. Skipped samples have no line.
      let ordered = (0..<dataset.count).map { String(all[$0 % communicator.size][$0 / communicator.size]) }
      let text = Array(ordered.filter { !$0.isEmpty }.map { $0 + "\n" }.joined().utf8)
      try DurableFile.replace(output, with: text)
      let skipped = ordered.count { $0.isEmpty }
      // The mean of nothing is no figure.
      let mean = sums[1] > 0 ? ", mean negative log-likelihood \(sums[0] / sums[1])" : ""
      try tell("\(dataset.count - skipped) samples, \(Int(sums[1])) supervised tokens\(mean)")
      guard skipped > 0 else { return }
      complain("\(output): \(skipped) of \(dataset.count) samples could not be scored and have no line")
      throw ExitCode(65)
    }
  }

  /// This rank's lines, in the order of the file, an empty one for each sample that cannot be used; and the sums of
  /// negative log-likelihoods and of supervised tokens.
  private func lines(
    _ loaded: LoadedModel, _ dataset: LlavaDataset, _ communicator: any Communicator
  ) throws -> (lines: [String], sums: [Double]) {
    let loader = SampleLoader(
      sources: [dataset], encoder: try loaded.encoder(),
      preprocessor: loaded.preprocessor, imageTokens: loaded.model.configuration.imageTokens, maximumTokens: nil,
      blankImages: blankImages)
    let own = Array(stride(from: communicator.rank, to: dataset.count, by: communicator.size))
    var progress = SampleProgress("score", total: own.count)
    var (nll, tokens) = (0.0, 0)
    var lines: [String] = []
    for (done, index) in own.enumerated() {
      let batch = try loader.load([SampleReference(source: 0, index: index)])
      guard let sample = batch.samples.first else {
        show(progress.finish())
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
      (nll, tokens) = (nll + line.nll, tokens + losses.count)
      if communicator.rank == 0 { show(progress.update(done + 1, loss: nll / Double(max(1, tokens)))) }
    }
    show(progress.finish())
    return (lines, [nll, Double(tokens)])
  }

  private func checkOutput() throws {
    let folder = URL(fileURLWithPath: output).deletingLastPathComponent().path
    guard access(folder, W_OK | X_OK) == 0 else {
      throw CheckpointError.system(action: "write", path: output, errno: errno)
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
    // A model whose weights are not finite still gives a line for each sample.
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
    return String(decoding: try encoder.encode(self), as: UTF8.self)
  }
}

extension DataFormat: ExpressibleByArgument {}
extension Recipes.ChatTemplate: ExpressibleByArgument {}
