import Foundation
import Testing

@testable import Text

/// Loading, extending, streaming and robustness.
struct TokenizerTests {
  @Test func `the named tokens come from the files beside the tokenizer`() throws {
    let directory = try TemporaryDirectory()
    try directory.write("tokenizer.json", String(decoding: Golden.bytes("llama2.json"), as: UTF8.self))
    #expect(try Tokenizer(path: directory.path).eosToken == nil)
    try directory.write("config.json", #"{"text_config":{"bos_token_id":1,"eos_token_id":2,"pad_token_id":-1}}"#)
    #expect(try Tokenizer(path: directory.path).bosToken == 1)
    try directory.write("generation_config.json", #"{"eos_token_id":[5,2],"pad_token_id":0}"#)
    var tokenizer = try Tokenizer(path: directory.path + "/tokenizer.json")
    #expect(tokenizer.eosTokens == [5, 2])
    #expect(tokenizer.padToken == 0)
    try directory.write(
      "tokenizer_config.json", #"{"eos_token":{"content":"</s>"},"bos_token":"<nothing>","pad_token":null}"#)
    tokenizer = try Tokenizer(path: directory.path)
    #expect(tokenizer.eosToken == 2)
    #expect(tokenizer.eosTokens == [2, 5])
    #expect(tokenizer.bosToken == 1)
  }

  @Test func `tokens and ids name each other`() throws {
    let tokenizer = try Golden.tokenizer("smollm2")
    for id in 0..<Int32(tokenizer.vocabularySize) {
      let token = try #require(tokenizer.token(id))
      #expect(tokenizer.id(of: token) == id)
    }
    #expect(tokenizer.token(Int32(tokenizer.vocabularySize)) == nil)
    #expect(tokenizer.token(-1) == nil)
    #expect(tokenizer.decode([-5, 1 << 30]) == "")
  }

  @Test func `canonically equal tokens keep their own ids`() throws {
    let json = #"{"model":{"type":"BPE","vocab":{"\u00e9":0,"e":1,"\u0301":2,"e\u0301":3},"merges":[["e","\u0301"]]}}"#
    let tokenizer = try Tokenizer(json: Array(json.utf8))
    #expect(tokenizer.encode("\u{e9}") == [0])
    #expect(tokenizer.encode("e\u{301}") == [3])
    #expect(tokenizer.id(of: "\u{e9}") == 0)
    #expect(tokenizer.id(of: "e\u{301}") == 3)
  }

  @Test func `an id that a token had before it is given another one is no id`() throws {
    let json = #"{"model":{"vocab":{"a":0,"b":7,"b":1},"merges":[]}}"#
    #expect(try Tokenizer(json: Array(json.utf8)).vocabularySize == 2)
  }

  @Test func `added tokens get the next free ids and survive writing`() throws {
    let tokenizer = try Golden.tokenizer("qwen2")
    let size = Int32(tokenizer.vocabularySize)
    let extended = tokenizer.addingTokens(["<video>", "<image>", "<a\"\\\n😀>", "the", "<video>", ""])
    #expect(extended.id(of: "<video>") == size)
    #expect(extended.id(of: "<a\"\\\n😀>") == size + 1)
    #expect(extended.id(of: "<image>") == tokenizer.id(of: "<image>"))
    #expect(extended.id(of: "the") == tokenizer.id(of: "the"))
    #expect(extended.vocabularySize == Int(size) + 2)
    #expect(tokenizer.id(of: "<video>") == nil)
    let again = try Tokenizer(json: extended.json())
    for text in try Golden.strings() + ["x<video>y<a\"\\\n😀>the"] {
      #expect(again.encode(text) == extended.encode(text))
    }
    #expect(again.json() == extended.json())
    let bare = try Tokenizer(json: Array(#" {"model":{"vocab":{"a":0},"merges":[]}}"#.utf8)).addingTokens(["<x>"])
    #expect(try Tokenizer(json: bare.json()).encode("a<x>") == [0, 1])
  }

  @Test(arguments: Golden.families)
  func `streamed pieces are the decoded text`(family: String) throws {
    let tokenizer = try Golden.tokenizer(family)
    for text in try Golden.strings() {
      var decoder = StreamingDecoder(tokenizer, skipSpecialTokens: false)
      let ids = tokenizer.encode(text)
      let pieces = ids.map { decoder.feed($0) } + [decoder.finish()]
      #expect(Array(pieces.joined().utf8) == Array(tokenizer.decode(ids, skipSpecialTokens: false).utf8))
    }
  }

  @Test func `streaming repairs random bytes as decoding does and holds back whole characters`() throws {
    let tokenizer = try Golden.tokenizer("smollm2")
    let idOfByte = try ByteLevelAlphabet.characters.map { try #require(tokenizer.model.tokens.id($0)) }
    var random = SeededNumbers(state: 5)
    let leads: [UInt8] = [0xE0, 0xED, 0xF0, 0xF4, 0xC2, 0xC1, 0xF5, 0x80, 0x90, 0xA0, 0xBF, 0x41, 0xEA, 0x9F]
    for _ in 0..<2000 {
      let bytes = (0..<8).map { _ in leads[random.next(below: leads.count)] }
      var decoder = StreamingDecoder(tokenizer)
      let pieces = bytes.map { decoder.feed(idOfByte[Int($0)]) } + [decoder.finish()]
      #expect(pieces.joined() == String(decoding: bytes, as: UTF8.self), "\(bytes)")
    }
    var decoder = StreamingDecoder(tokenizer)
    #expect("😀".utf8.map { decoder.feed(idOfByte[Int($0)]) } == ["", "", "", "😀"])
  }

  @Test func `a word of 200,000 letters takes no quadratic time`() throws {
    let tokenizer = try Golden.tokenizer("smollm2")
    let text = String(repeating: "a", count: 200_000)
    let start = ContinuousClock.now
    let ids = tokenizer.encode(text)
    // A quadratic merge would take hours; the bound leaves room for a debug build on a busy machine.
    #expect(ContinuousClock.now - start < .seconds(60))
    #expect(tokenizer.decode(ids) == text)
  }

  @Test func `scanning and queueing merge alike`() throws {
    var table = MergeTable(capacity: 4)
    var random = SeededNumbers(state: 3)
    for result in 4..<60 {
      table.append(Int32(random.next(below: result)), Int32(random.next(below: result)), result: Int32(result))
    }
    for _ in 0..<3000 {
      let symbols = (0..<(1 + random.next(below: 40))).map { _ in Int32(random.next(below: 4)) }
      #expect(table.mergedByScanning(symbols) == table.mergedByQueue(symbols), "\(symbols)")
    }
  }
}
