import Foundation
import Models
import Testing

@testable import Evaluation

@Suite struct GeneratorTests {
  private let model: VisionLanguageModel

  init() throws {
    model = try TinyModel.make()
  }

  private func generate(
    _ settings: Generator.Settings, ends: Set<Int32> = [], each: (Int32) -> Void = { _ in }
  ) throws -> [Int32] {
    try Generator(model: model, settings: settings, ends: ends)(
      prompt: TinyModel.prompt, pixels: TinyModel.pixels(), each: each)
  }

  /// Tokens from the likeliest on, with their probabilities.
  private func distribution(_ logits: [Float], temperature: Double) -> [(token: Int32, probability: Double)] {
    let weights = logits.map { exp(Double($0) / temperature) }
    let total = weights.reduce(0, +)
    return weights.enumerated().map { (Int32($0.offset), $0.element / total) }.sorted { $0.1 > $1.1 }
  }

  @Test func `greedy generation is the likeliest token of a full pass, every time`() throws {
    let answer = try generate(.init(maximumTokens: 12))
    var tokens = TinyModel.prompt
    for token in answer {
      let logits = try TinyModel.logits(model, tokens)
      let best = try #require(logits.indices.max { logits[$0] < logits[$1] })
      #expect(token == Int32(best), "after \(tokens)")
      tokens.append(token)
    }
    #expect(Set(answer).count > 3)
  }

  @Test func `an answer ends before the first end token`() throws {
    let whole = try generate(.init(maximumTokens: 12))
    let end = whole[5]
    #expect(try generate(.init(maximumTokens: 12), ends: [end]) == Array(whole.prefix { $0 != end }))
    #expect(try generate(.init(maximumTokens: 12), ends: [whole[0]]).isEmpty)
  }

  @Test(arguments: [0, 1, 5])
  func `an answer has no more tokens than were asked for, and each is shown as it comes`(maximum: Int) throws {
    var seen: [Int32] = []
    let answer = try generate(.init(maximumTokens: maximum)) { seen.append($0) }
    #expect(answer.count == maximum)
    #expect(seen == answer)
    #expect(try generate(.init(maximumTokens: 8)).starts(with: answer))
  }

  @Test(arguments: [0, 1e-6])
  func `the smallest top-p leaves the likeliest token alone`(topP: Float) throws {
    let greedy = try generate(.init(maximumTokens: 6))
    for seed in 0..<20 as Range<UInt64> {
      #expect(try generate(.init(temperature: 2, topP: topP, maximumTokens: 6, seed: seed)) == greedy)
    }
  }

  @Test func `top-p draws from the smallest set that has the probability, and from all of it`() throws {
    let likeliest = distribution(try TinyModel.logits(model, TinyModel.prompt), temperature: 3)
    var (sum, kept) = (0.0, Set<Int32>())
    for (token, probability) in likeliest where sum < 0.5 {
      sum += probability
      kept.insert(token)
    }
    try #require(kept.count > 2 && kept.count < 25)
    let drawn = try (0..<600 as Range<UInt64>).flatMap { seed in
      try generate(.init(temperature: 3, topP: 0.5, maximumTokens: 1, seed: seed))
    }
    #expect(Set(drawn) == kept)
  }

  @Test(arguments: [1, 3] as [Float])
  func `sampled tokens come as often as the softmax says`(temperature: Float) throws {
    let draws = 1500
    var counts: [Int32: Int] = [:]
    for seed in 0..<UInt64(draws) {
      let token = try generate(.init(temperature: temperature, maximumTokens: 1, seed: seed))[0]
      counts[token, default: 0] += 1
    }
    let logits = try TinyModel.logits(model, TinyModel.prompt)
    for (token, probability) in distribution(logits, temperature: Double(temperature)) {
      let expected = probability * Double(draws)
      let deviation = (expected * (1 - probability)).squareRoot()
      #expect(abs(Double(counts[token] ?? 0) - expected) <= 4.5 * deviation + 1, "token \(token), p = \(probability)")
    }
  }

  @Test func `the mark of a picture is never said, though it is the likeliest token`() throws {
    let input = ModelInput(
      tokens: TinyModel.prompt, starts: [0, TinyModel.prompt.count], labels: TinyModel.prompt.map { _ in -100 },
      pixels: TinyModel.pixels())
    // Among a few models some would say it first.
    var wouldSayIt = 0
    for seed in 0..<400 as Range<UInt64> {
      let model = try TinyModel.make(seed: seed)
      let logits = try model.logits(input, rows: [Int32(TinyModel.prompt.count - 1)]).array
      guard logits.indices.max(by: { logits[$0] < logits[$1] }) == 49 else { continue }
      wouldSayIt += 1
      for temperature in [0, 2] as [Float] {
        let answer = try Generator(model: model, settings: .init(temperature: temperature, maximumTokens: 4), ends: [])(
          prompt: TinyModel.prompt, pixels: TinyModel.pixels())
        #expect(answer.count == 4 && !answer.contains(49))
      }
    }
    #expect(wouldSayIt > 0)
  }

  @Test func `a seed gives one answer, another seed another`() throws {
    func answer(_ seed: UInt64) throws -> [Int32] {
      try generate(.init(temperature: 3, maximumTokens: 12, seed: seed))
    }
    #expect(try answer(1) == answer(1))
    #expect(try answer(1) != answer(2))
  }
}
