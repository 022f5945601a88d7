import Foundation
import Testing

@testable import Text

/// Against Hugging Face's `tokenizers` on four families of pre-tokenizers.
struct TokenizerParityTests {
  @Test(arguments: Golden.families)
  func `ids equal those of the reference on every string`(family: String) throws {
    let (tokenizer, expected) = (try Golden.tokenizer(family), try Golden.expected(family))
    var strings = try Golden.strings()
    #expect(strings.count >= 1000)
    // The two character-level families have every fourth string only.
    if !Golden.chatFamilies.contains(family) { strings = stride(from: 0, to: strings.count, by: 4).map { strings[$0] } }
    try #require(strings.count == expected.ids.count)
    for (text, ids) in zip(strings, expected.ids) {
      let own = tokenizer.encode(text).map(String.init).joined(separator: " ")
      #expect(own == ids, "\(text.debugDescription) \(Array(text.unicodeScalars.map { String($0.value, radix: 16) }))")
    }
  }

  @Test(arguments: Golden.families)
  func `special tokens come from the post-processor when asked for`(family: String) throws {
    let ids = try Golden.tokenizer(family).encode("hello world", addSpecialTokens: true)
    #expect(ids == (try Golden.expected(family).withSpecial))
  }

  @Test(arguments: Golden.families)
  func `text that spells special tokens stays text when they are not allowed`(family: String) throws {
    let tokenizer = try Golden.tokenizer(family)
    for sample in try Golden.expected(family).literal {
      #expect(tokenizer.encode(sample.text, allowSpecial: false) == sample.ids, "\(sample.text.debugDescription)")
    }
  }

  @Test(arguments: Golden.families)
  func `decoded text equals the reference, broken UTF-8 too`(family: String) throws {
    let tokenizer = try Golden.tokenizer(family)
    for sample in try Golden.expected(family).decoded {
      // Compared by bytes: `String` calls canonically equal texts equal.
      #expect(Array(tokenizer.decode(sample.ids).utf8) == Array(sample.skipping.utf8), "\(sample.ids)")
      #expect(Array(tokenizer.decode(sample.ids, skipSpecialTokens: false).utf8) == Array(sample.keeping.utf8))
    }
  }

  @Test(arguments: ["smollm2", "llama3", "llama2"])
  func `what was encoded decodes to itself`(family: String) throws {
    let tokenizer = try Golden.tokenizer(family)
    for text in try Golden.strings() {
      let ids = tokenizer.encode(text, allowSpecial: false)
      // Llama 2 writes spaces as "▁" and has tokens such as "<0x41>": those texts cannot come back.
      if family == "llama2", text.contains("<0x") || text.unicodeScalars.contains("▁") { continue }
      #expect(Array(tokenizer.decode(ids, skipSpecialTokens: false).utf8) == Array(text.utf8))
    }
  }

  @Test(arguments: Golden.chatFamilies)
  func `chats equal apply_chat_template, whole and as prompts`(family: String) throws {
    let expected = try Golden.expected(family)
    let template = try #require(ChatTemplate.detect(chatTemplate: expected.template))
    var named = NamedTokens()
    named.bos = [.text("<|begin_of_text|>")]
    let tokenizer = try Tokenizer(json: Golden.bytes("\(family).json"), named: named)
    let encoder = try ChatEncoder(tokenizer: tokenizer, template: template, imageToken: nil)
    #expect(expected.chats.count == 40)
    for chat in expected.chats {
      #expect(try encoder.encode(chat.turns, imageCounts: []).tokens == chat.ids, "\(chat.messages)")
      #expect(try encoder.encodePrompt(Array(chat.turns.dropLast()), imageCounts: []).tokens == chat.prompt)
    }
  }

  @Test func `threads share a tokenizer`() async throws {
    let (tokenizer, strings) = (try Golden.tokenizer("qwen2"), try Golden.strings())
    let alone = strings.map { tokenizer.encode($0) }
    await withTaskGroup(of: [[Int32]].self) { group in
      for _ in 0..<4 { group.addTask { strings.map { tokenizer.encode($0) } } }
      for await together in group { #expect(together == alone) }
    }
  }
}
