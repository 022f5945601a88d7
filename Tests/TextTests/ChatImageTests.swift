import Testing

@testable import Text

/// Images in chats: counting marks, truncation.
struct ChatImageTests {
  private let turns = [
    ChatMessage(role: .user, text: "look <image> and <image> now"), ChatMessage(role: .assistant, text: "a cat, a dog"),
  ]

  @Test(arguments: [ChatTemplateKind.chatml, .llama3, .vicuna, .plain])
  func `no limit ever cuts an image`(kind: ChatTemplateKind) throws {
    let encoder = try ChatLabelTests.encoder(kind)
    let messages = turns + turns
    let whole = try encoder.encode(messages, images: 4)
    for limit in -1...(whole.tokens.count + 1) {
      do throws(TextError) {
        let chat = try encoder.encode(messages, images: 4, maximumTokens: limit)
        #expect(chat.tokens.count <= limit)
        #expect(chat.trainedCount > 0)
        #expect(chat.tokens.elementsEqual(whole.tokens.prefix(chat.tokens.count)))
        #expect(chat.labels.elementsEqual(whole.labels.prefix(chat.tokens.count)))
        #expect(chat.imageSpans.elementsEqual(whole.imageSpans.prefix(chat.imageSpans.count)))
        #expect(chat.tokens.count { $0 == encoder.imageToken } == 5 * chat.imageSpans.count)
        // Nothing more is dropped than the limit asks for, but for the image that it would cut.
        let isInside = whole.imageSpans.contains { $0.lowerBound < limit && limit < $0.upperBound }
        if !isInside { #expect(chat.tokens.count == min(limit, whole.tokens.count)) }
      } catch {
        #expect(error == .nothingTrained(tokens: whole.tokens.count, maximumTokens: limit))
        let first = try #require(whole.labels.firstIndex { $0 != TokenizedChat.ignored })
        #expect(limit <= first)
      }
    }
  }

  @Test func `marks stay where LLaVA puts them`() throws {
    let encoder = try ChatLabelTests.encoder(.chatml)
    for (text, expected) in [("<image>\nWhat?", "user\n#\nWhat?"), ("What?\n<image>", "user\nWhat?\n#")] {
      let chat = try encoder.encodePrompt([ChatMessage(role: .user, text: text)], imageCounts: [1])
      let shown = chat.tokens.map { $0 == encoder.imageToken ? "#" : encoder.tokenizer.decode([$0]) }.joined()
      #expect(shown == "\(expected)\nassistant\n")
    }
  }

  @Test func `marks and images must be equally many`() throws {
    let encoder = try ChatLabelTests.encoder(.chatml)
    #expect(throws: TextError.imageMarks(marks: 2, images: 1)) { try encoder.encode(turns, imageCounts: [4]) }
    #expect(throws: TextError.imageMarks(marks: 2, images: 3)) {
      try encoder.encodePrompt(turns, imageCounts: [4, 4, 4])
    }
    #expect(throws: TextError.imageTokenCount(image: 1, count: 0)) { try encoder.encode(turns, imageCounts: [4, 0]) }
    let blind = try ChatEncoder(tokenizer: encoder.tokenizer, template: encoder.template, imageToken: nil)
    #expect(throws: TextError.noImageToken(images: 2)) { try blind.encode(turns, imageCounts: [4, 4]) }
  }

  @Test func `marks are found by bytes and only in the user's turns`() throws {
    let encoder = try ChatLabelTests.encoder(.chatml)
    let accented = [ChatMessage(role: .user, text: "<image>\u{301}"), ChatMessage(role: .assistant, text: "<image>")]
    #expect(try encoder.encode(accented, imageCounts: [2]).imageSpans.count == 1)
  }

  @Test func `a chat without an answer trains nothing and is refused`() throws {
    let encoder = try ChatLabelTests.encoder(.chatml)
    let chat = [ChatMessage(role: .user, text: "hi")]
    let count = try encoder.encodePrompt([], imageCounts: []).tokens.count
    #expect(count > 0)
    #expect { try encoder.encode(chat, imageCounts: []) } throws: { error in
      if case .nothingTrained(_, nil)? = error as? TextError { true } else { false }
    }
  }
}
