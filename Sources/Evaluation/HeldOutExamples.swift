import Datasets
import Foundation
import Models
import Tensors
import Text

/// Held-out samples that are answered by generation at every measurement, always the same ones.
public struct HeldOutExamples: Sendable {
  /// Longest answer, in tokens; what goes on is cut.
  public static let maximumTokens = 64
  /// So many samples of a set are looked through for kinds of questions.
  static let lookedThrough = 200

  public let chosen: [SampleReference]
  private let sets: SampleLoader

  /// Throws where the system does not let a file be read. `count`: how many in all; `limit`: only the first samples of each
  /// set take part, nil for all.
  public init(sets: SampleLoader, count: Int, limit: Int?) throws {
    self.sets = sets
    guard count > 0 else {
      chosen = []
      return
    }
    let kinds = try sets.sources.enumerated().map { number, set in
      try (0..<min(set.count, limit ?? set.count, Self.lookedThrough)).map { index in
        try sets.questionText(SampleReference(source: number, index: index)).map(ExampleChoice.kind)
      }
    }
    chosen = ExampleChoice.spread(kinds: kinds, count: count)
  }

  /// The likeliest answer to sample number `index` of the chosen ones; nil if its picture cannot be read.
  public func answer(_ index: Int, model: VisionLanguageModel, tokenizer: Tokenizer) throws -> AnsweredQuestion? {
    let reference = chosen[index]
    guard let question = try sets.usableQuestion(reference) else { return nil }
    let side = model.configuration.vision?.imageSize ?? 0
    let pixels =
      question.images.isEmpty
      ? nil : Tensor(question.images.flatMap { $0 }, shape: [question.images.count, 3, side, side])
    let generator = Generator(
      model: model, settings: .init(maximumTokens: Self.maximumTokens), ends: Set(tokenizer.eosTokens))
    let tokens = try generator(prompt: question.tokens, pixels: pixels)
    let text = tokenizer.decode(tokens).trimmingCharacters(in: .whitespacesAndNewlines)
    return AnsweredQuestion(
      set: sets.sources[reference.source].name, id: question.id, pictures: question.pictures, question: question.text,
      truth: question.truth.trimmingCharacters(in: .whitespacesAndNewlines), answer: text,
      isCut: tokens.count == Self.maximumTokens)
  }
}
