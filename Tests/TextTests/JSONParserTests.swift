import Testing

@testable import Text

struct JSONParserTests {
  private func parsed(_ text: String) throws -> JSONValue {
    var parser = JSONParser(Array(text.utf8), file: "tokenizer.json")
    return try parser.parse()
  }

  @Test func `an escape is four hexadecimal digits, and no number with a sign`() throws {
    #expect(try parsed(#""\u0041\ud83d\uDE00""#) == parsed("\"A\u{1F600}\""))
    for text in [#""\u+041""#, #""\u-041""#, #""\u 041""#, #""\u004""#, #""\u004g""#] {
      #expect(throws: TextError.self, "\(text)") { try parsed(text) }
    }
  }
}
