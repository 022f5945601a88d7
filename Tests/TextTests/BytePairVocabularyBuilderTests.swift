import Foundation
import Testing

@testable import Text

struct BytePairVocabularyBuilderTests {
  private struct Expected: Decodable {
    let words: [String]
    let special: [String]
    let texts: [String]
    let ids: [[Int32]]
  }

  private static func expected() throws -> Expected {
    try JSONDecoder().decode(Expected.self, from: Data(Golden.bytes("demo.expected.json")))
  }

  @Test func `every word is one token, with and without a space before it`() throws {
    let expected = try Self.expected()
    let json = BytePairVocabularyBuilder.tokenizerJSON(words: expected.words, specialTokens: expected.special)
    let tokenizer = try Tokenizer(json: json)
    // "New York" and "don't" are two pieces of GPT-2's pattern.
    for word in expected.words where !word.contains(" ") && !word.contains("'") {
      #expect(tokenizer.encode(word).count == 1, "\(word)")
      #expect(tokenizer.encode(" " + word).count == 1, "\(word)")
    }
    for token in expected.special { #expect(tokenizer.encode(token).count == 1) }
  }

  @Test func `the vocabulary is the one that the reference loaded, and the ids agree`() throws {
    let expected = try Self.expected()
    let json = BytePairVocabularyBuilder.tokenizerJSON(words: expected.words, specialTokens: expected.special)
    #expect(try json == Golden.bytes("demo.json"))
    let tokenizer = try Tokenizer(json: json)
    try #require(expected.texts.count == expected.ids.count && expected.texts.count >= 20)
    for (text, ids) in zip(expected.texts, expected.ids) { #expect(tokenizer.encode(text) == ids, "\(text)") }
  }
}
