import Datasets
import Foundation
import Media
import Models
import Tensors
import Testing
import Text

@testable import Evaluation

@Suite struct ExampleChoiceTests {
  private func places(_ kinds: [[String?]], _ count: Int) -> [[Int]] {
    ExampleChoice.spread(kinds: kinds, count: count).map { [$0.source, $0.index] }
  }

  @Test func `every kind of question comes once before any comes twice`() {
    #expect(places([["a", "a", "b", "a", "c", "b"]], 5) == [[0, 0], [0, 2], [0, 4], [0, 1], [0, 5]])
  }

  @Test func `the sets take turns`() {
    #expect(places([["a", "b", "c"], ["x", "x", "y"]], 4) == [[0, 0], [1, 0], [0, 1], [1, 2]])
  }

  @Test func `samples that cannot be used are passed over, and no more are taken than there are`() {
    #expect(places([[nil, "a", nil], []], 6) == [[0, 1]])
    #expect(places([["a"]], 0).isEmpty)
  }

  @Test func `questions that begin alike are of one kind`() {
    #expect(ExampleChoice.kind(of: "What colour is the cross?") == ExampleChoice.kind(of: "What  colour\nis red?"))
    #expect(ExampleChoice.kind(of: "What shape is red?") != ExampleChoice.kind(of: "What colour is red?"))
    #expect(ExampleChoice.kind(of: "") == "")
  }
}

@Suite struct HeldOutExamplesTests {
  private let directory: ScratchDirectory
  private let tokenizer: Tokenizer
  private let model: VisionLanguageModel

  init() throws {
    directory = try ScratchDirectory()
    try PictureWorld.write(to: directory.path, seed: 1, pictures: 4, heldOut: 30)
    tokenizer = try Tokenizer(path: directory.path + "/tokenizer")
    model = try TinyModel.make(
      vocabulary: tokenizer.vocabularySize, imageToken: Int(try #require(tokenizer.id(of: ChatMessage.imageMark))))
  }

  private let preprocessor = ImagePreprocessor(size: 8, mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5])

  private func loader(_ files: [String]) throws -> SampleLoader {
    SampleLoader(
      sources: try files.map { try LlavaDataset(name: $0, path: "\(directory.path)/\($0).json", imageDirectory: nil) },
      encoder: try ChatEncoder(
        tokenizer: tokenizer, template: ChatTemplate(kind: .chatml), imageToken: Int32(model.configuration.imageToken)),
      preprocessor: preprocessor,
      imageTokens: model.configuration.imageTokens, maximumTokens: nil)
  }

  private func write(_ name: String, _ entries: String) throws {
    try Data(entries.utf8).write(to: URL(fileURLWithPath: "\(directory.path)/\(name).json"))
  }

  @Test func `captions and five kinds of questions are asked about`() throws {
    let loader = try loader(["heldout-captions", "heldout-chat"])
    let examples = try HeldOutExamples(sets: loader, count: 6, limit: nil)
    #expect(examples.chosen.map(\.source) == [0, 1, 1, 1, 1, 1])
    let kinds = try examples.chosen.map { ExampleChoice.kind(of: try loader.question($0).text) }
    #expect(Set(kinds).count == 6)
    #expect(try HeldOutExamples(sets: loader, count: 0, limit: nil).chosen.isEmpty)
    #expect(try HeldOutExamples(sets: loader, count: 6, limit: 2).chosen.allSatisfy { $0.index < 2 })
  }

  @Test func `an answer is what greedy generation says to the first question alone`() throws {
    try write(
      "set",
      """
      [{"id": "a", "image": "images/00000.png", "conversations": [
        {"from": "human", "value": "<image>\\nWhat shape is red?"}, {"from": "gpt", "value": " circle "},
        {"from": "human", "value": "Is there a cross?"}, {"from": "gpt", "value": "no"}]}]
      """)
    let loader = try loader(["set"])
    let examples = try HeldOutExamples(sets: loader, count: 6, limit: nil)
    let answer = try #require(try examples.answer(0, model: model, tokenizer: tokenizer))
    #expect(answer.set == "set" && answer.id == "a")
    #expect(answer.pictures == [directory.path + "/images/00000.png"])
    #expect(answer.question == "What shape is red?" && answer.truth == "circle")
    let text = "<|im_start|>user\n<image>\nWhat shape is red?<|im_end|>\n<|im_start|>assistant\n"
    let prompt = tokenizer.encode(text).flatMap { token in
      Array(
        repeating: token,
        count: token == Int32(model.configuration.imageToken) ? model.configuration.imageTokens : 1)
    }
    #expect(try loader.question(SampleReference(source: 0, index: 0)).tokens == prompt)
    let tokens = try Generator(
      model: model, settings: .init(maximumTokens: HeldOutExamples.maximumTokens), ends: Set(tokenizer.eosTokens))(
        prompt: prompt, pixels: pixels(answer.pictures[0]))
    #expect(tokens.count > 2)
    #expect(answer.answer == tokenizer.decode(tokens).trimmingCharacters(in: .whitespacesAndNewlines))
  }

  private func pixels(_ path: String) throws -> Tensor {
    Tensor(try preprocessor.load(path: path), shape: [1, 3, 8, 8])
  }

  @Test func `an answer that does not end is said to be cut, another is not`() throws {
    let loader = try loader(["heldout-captions"])
    let examples = try HeldOutExamples(sets: loader, count: 6, limit: nil)
    var seen: Set<Bool> = []
    for seed in 0..<12 as Range<UInt64> {
      let model = try TinyModel.make(
        vocabulary: tokenizer.vocabularySize, imageToken: Int(model.configuration.imageToken), seed: seed)
      let answer = try #require(try examples.answer(0, model: model, tokenizer: tokenizer))
      let tokens = try Generator(
        model: model, settings: .init(maximumTokens: 1000), ends: Set(tokenizer.eosTokens))(
          prompt: loader.question(examples.chosen[0]).tokens, pixels: pixels(answer.pictures[0]))
      #expect(answer.isCut == (tokens.count >= HeldOutExamples.maximumTokens))
      seen.insert(answer.isCut)
    }
    #expect(seen == [true, false])
  }

  @Test func `a question without a picture is asked, one whose picture is missing is not`() throws {
    try write(
      "set",
      """
      [{"id": "text", "conversations": [{"from": "human", "value": "Think."}, {"from": "gpt", "value": "a"}]},
       {"id": "gone", "image": "images/none.png", "conversations": [
         {"from": "human", "value": "<image>\\nIs there?"}, {"from": "gpt", "value": "yes"}]},
       {"id": "broken", "conversations": []}]
      """)
    let examples = try HeldOutExamples(sets: try loader(["set"]), count: 6, limit: nil)
    #expect(examples.chosen.map(\.index) == [0, 1])
    let text = try #require(try examples.answer(0, model: model, tokenizer: tokenizer))
    #expect(text.pictures.isEmpty && text.question == "Think.")
    #expect(try examples.answer(1, model: model, tokenizer: tokenizer) == nil)
  }

  @Test func `right is the truth word for word and whole`() {
    func answer(_ text: String, isCut: Bool = false) -> AnsweredQuestion {
      AnsweredQuestion(
        set: "s", id: "i", pictures: [], question: "q", truth: "a red cross", answer: text, isCut: isCut)
    }
    #expect(answer("a red cross").isRight)
    #expect(!answer("a red cross").isCut)
    #expect(!answer("A red cross").isRight && !answer("a red").isRight)
    #expect(!answer("a red cross", isCut: true).isRight)
  }
}
