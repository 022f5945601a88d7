import Testing

@testable import Text

/// What is unknown or malformed is named.
struct TextErrorTests {
  private static func error(_ json: String) -> TextError? {
    do throws(TextError) {
      _ = try Tokenizer(json: Array(json.utf8))
      return nil
    } catch {
      return error
    }
  }

  private static func error(component: String) -> TextError? {
    error(#"{"model":{"vocab":{"a":0},"merges":[]},\#(component)}"#)
  }

  @Test func `unknown components are errors that name them`() {
    let cases = [
      (#""normalizer":{"type":"NFKC"}"#, "normalizer.type", "NFKC"),
      (
        #""pre_tokenizer":{"type":"Sequence","pretokenizers":[{"type":"Bert"}]}"#,
        "pre_tokenizer.pretokenizers[0].type", "Bert"
      ),
      (#""decoder":{"type":"WordPiece"}"#, "decoder.type", "WordPiece"),
      (#""post_processor":{"type":"RobertaProcessing"}"#, "post_processor.type", "RobertaProcessing"),
    ]
    for (component, path, value) in cases {
      #expect(Self.error(component: component) == .unsupported(file: "tokenizer.json", path: path, value: value))
    }
    #expect(
      Self.error(#"{"model":{"type":"Unigram","vocab":{},"merges":[]}}"#)
        == .unsupported(file: "tokenizer.json", path: "model.type", value: "Unigram"))
    #expect(
      Self.error(#"{"model":{"vocab":{},"merges":[],"dropout":0.1}}"#)
        == .unsupported(file: "tokenizer.json", path: "model.dropout", value: "0.1"))
    #expect(
      Self.error(component: #""normalizer":{"type":"NFC","strength":2}"#)
        == .unknownKey(file: "tokenizer.json", path: "normalizer", key: "strength"))
  }

  @Test func `malformed models are errors with the place`() {
    #expect(
      Self.error(#"{"model":{"vocab":{"a":0,"b":1},"merges":["a b"]}}"#)
        == .merge(file: "tokenizer.json", index: 0, token: "ab"))
    for id in ["-1", "2147483647", "99999999999999999999", "1.5", "\"0\"", "null"] {
      let error = Self.error(#"{"model":{"vocab":{"a":\#(id)},"merges":[]}}"#)
      guard case .wrongValue(_, "model.vocab[\"a\"]", _, _)? = error else {
        Issue.record("the id \(id) was accepted")
        continue
      }
    }
    #expect(
      Self.error(#"{"model":{"vocab":{"a":0},"merges":["a"]}}"#)
        == .wrongValue(
          file: "tokenizer.json", path: "model.merges[0]", expected: "a pair of tokens", found: "the string \"a\""))
    #expect(Self.error(#"{"version":"1.0"}"#) != nil)
  }

  @Test func `broken JSON is an error with its offset`() {
    for (text, offset) in [
      ("", 0), ("{", 1), (#"{"a":}"#, 5), (#"{"a":1,}"#, 7), (#""abc"#, 4), (#"["\x"]"#, 3), (#"["\ud800x"]"#, 8),
      ("[1] 2", 4), ("[01a]", 3), ("[+1]", 1), ("nul", 0), ("[\"\u{1}\"]", 2),
    ] {
      var parser = JSONParser(Array(text.utf8), file: "f")
      do throws(TextError) {
        _ = try parser.parse()
        Issue.record("\(text) was accepted")
      } catch {
        guard case .notJSON("f", offset, _) = error else {
          Issue.record("\(text): \(error)")
          continue
        }
      }
    }
    var deep = JSONParser(Array(String(repeating: "[", count: 100_000).utf8), file: "f")
    #expect(throws: TextError.self) { try deep.parse() }
    var invalid = JSONParser([0x22, 0xFF, 0x22], file: "f")
    #expect(throws: TextError.self) { try invalid.parse() }
  }

  @Test func `JSON text reads as its value`() throws {
    let text = #" {"a\u00e9\ud83d\ude00\n\/":[true,false,null,-1.5e3,"\"\\\b\f\r\t"],"b":{}} "#
    var parser = JSONParser(Array(text.utf8), file: "f")
    let value = try parser.parse()
    #expect(
      value
        == .object([
          JSONMember(
            key: Array("a\u{e9}😀\n/".utf8),
            value: .array([.bool(true), .bool(false), .null, .number("-1.5e3"), .string([34, 92, 8, 12, 13, 9])])),
          JSONMember(key: Array("b".utf8), value: .object([])),
        ]))
    var quoted = JSONParser(JSONWriter.quoted(Array(0..<128)), file: "f")
    #expect(try quoted.parse() == .string(Array(0..<128)))
  }

  @Test func `the sentences say what, where, and what to do`() {
    #expect(
      TextError.unsupported(file: "m/tokenizer.json", path: "normalizer.type", value: "NFKC").description
        == "m/tokenizer.json: normalizer.type NFKC is not supported; "
        + "use a byte-level or byte-fallback BPE tokenizer without it")
    #expect(
      TextError.imageMarks(marks: 2, images: 1).description
        == "the user's text has 2 <image> marks but the sample has 1 images; make them equal")
    #expect(
      TextError.nothingTrained(tokens: 40, maximumTokens: 16).description
        == "none of the 40 tokens is trained within the limit of 16; raise the limit or drop the sample")
    #expect(
      TextError.missingToken("<|im_end|>", template: "chatml").description
        == "the chat template chatml needs the token <|im_end|>, "
        + "which the tokenizer lacks; name another template")
    #expect(
      TextError.unreadable(path: "x").description
        == "x: cannot be read; give a tokenizer.json or a directory that holds one")
  }

  @Test func `a missing file is named`() {
    let path = "no/such/tokenizer.json"
    #expect(throws: TextError.unreadable(path: path)) { try Tokenizer(path: path) }
  }
}
