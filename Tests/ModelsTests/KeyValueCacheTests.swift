import Models
import Tensors
import Testing

/// Pieces of a sequence: the first takes the picture, the rest are fed to the cache.
@Test(arguments: referenceModels, [[1], [3, 1], [2, 5, 1, 1]])
func `decoding step by step has the logits of one pass`(name: String, steps: [Int]) throws {
  let reference = try Reference(name)
  let sample = try reference.samples()[0]
  let length = sample.tokens.count
  let vocabulary = reference.model.configuration.language.vocabSize
  let whole = try reference.model.logits(ModelInput([sample]), rows: (0..<Int32(length)).map { $0 }).array
  let image = reference.model.configuration.imageToken
  let prompt = try #require(sample.tokens.lastIndex(of: image)) + 2
  let caches = reference.model.language.makeCaches(capacity: length)
  var (start, end, turn) = (0, prompt, 0)
  while start < length {
    let piece = Sample(
      tokens: Array(sample.tokens[start..<end]), labels: [Int32](repeating: -100, count: end - start),
      pixels: start == 0 ? sample.pixels : nil)
    let logits = try reference.model.logits(
      ModelInput([piece]), rows: (0..<Int32(end - start)).map { $0 }, caches: caches
    ).array
    let expected = Array(whole[start * vocabulary..<end * vocabulary])
    #expect(relativeError(logits, expected) < 1e-5, "tokens \(start) ..< \(end)")
    #expect(caches.allSatisfy { $0.count == end })
    start = end
    end = min(length, end + steps[turn % steps.count])
    turn += 1
  }
  #expect(turn >= 3)
}

@Test func `logits of a few rows are those rows of all logits`() throws {
  let reference = try Reference("siglip-qwen2")
  let input = ModelInput(try reference.samples())
  let vocabulary = reference.model.configuration.language.vocabSize
  let all = try reference.model.logits(input, rows: (0..<Int32(input.tokens.count)).map { $0 }).array
  let chosen: [Int32] = [0, 4, 26, 27, 40, 52, 55]
  let few = try reference.model.logits(input, rows: chosen).array
  let expected = chosen.flatMap { all[Int($0) * vocabulary..<(Int($0) + 1) * vocabulary] }
  #expect(relativeError(few, expected) < 1e-5)
}
