import ArgumentParser
import Communication
import Evaluation
import Foundation
import Pretrained
import Tensors
import Text
import Training

/// `vlm-dist generate`: an answer to a prompt, with pictures or without.
struct Generate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Answer a prompt about pictures; the answer goes to stdout.")

  @Option(help: "Hugging Face model directory, run directory or checkpoint.")
  var model: String

  @Option(help: "A picture. May be repeated.")
  var image: [String] = []

  @Option(help: "The question.")
  var prompt: String

  @Option(help: "0: always the likeliest token. Higher: more variety.")
  var temperature: Float = 0

  @Option(help: "Draw from the smallest set of tokens with this probability.")
  var topP: Float = 1

  @Option(help: "Longest answer in tokens.")
  var maxTokens = 256

  @Option(help: "Seed of the draws.")
  var seed: UInt64 = 0

  @OptionGroup var threading: ThreadOptions

  func validate() throws {
    guard temperature >= 0, temperature.isFinite else { throw ValidationError("--temperature must be 0 or more") }
    guard topP > 0, topP <= 1 else { throw ValidationError("--top-p must be above 0 and at most 1") }
    guard (1...1 << 20).contains(maxTokens) else { throw ValidationError("--max-tokens must be from 1 to \(1 << 20)") }
  }

  func run() throws {
    try withRanks { communicator in
      guard communicator.rank == 0 else { return }
      threading.apply(communicator)
      let loaded = try RunLoader.model(at: model) { complain($0) }
      if let note = loaded.assumedTemplate(setting: "a chat_template.jinja in it") { complain(note) }
      let configuration = loaded.model.configuration
      var pixels: [Float] = []
      for path in image {
        guard let preprocessor = loaded.preprocessor else { throw ValidationError("\(model) has no vision tower") }
        pixels += try preprocessor.load(path: path)
      }
      let marks = String(repeating: ChatMessage.imageMark + "\n", count: image.count)
      let chat = try loaded.encoder().encodePrompt(
        [ChatMessage(role: .user, text: marks + prompt)],
        imageCounts: image.map { _ in configuration.imageTokens })
      let side = configuration.vision?.imageSize ?? 0
      let generator = Generator(
        model: loaded.model,
        settings: .init(temperature: temperature, topP: topP, maximumTokens: maxTokens, seed: seed),
        ends: Set(loaded.tokenizer.eosTokens))
      var decoder = StreamingDecoder(loaded.tokenizer)
      _ = try generator(
        prompt: chat.tokens, pixels: image.isEmpty ? nil : Tensor(pixels, shape: [image.count, 3, side, side])
      ) { token in
        try tell(decoder.feed(token), terminator: "")
      }
      try tell(decoder.finish())
    }
  }
}
