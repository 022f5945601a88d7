import Testing

@testable import Text

struct PatternTests {
  private static func matches(_ pattern: String, _ text: String) throws -> [String] {
    let bytes = Array(text.utf8)
    var found: [String] = []
    try Pattern(pattern).split(bytes, 0..<bytes.count) { range, isMatch in
      found.append((isMatch ? "" : "~") + String(decoding: bytes[range], as: UTF8.self))
    }
    return found
  }

  @Test func `matches are leftmost, of the first alternative that fits, and greedy`() throws {
    #expect(try Self.matches("ab|a|abc", "abca") == ["ab", "~c", "a"])
    #expect(try Self.matches("a{2,3}b?", "aaaab") == ["aaa", "~ab"])
    #expect(try Self.matches("a{2}", "aaaaa") == ["aa", "aa", "~a"])
    #expect(try Self.matches(#"\s+(?!\S)|\s+"#, "a   b") == ["~a", "  ", " ", "~b"])
    #expect(try Self.matches(#"x(?=y)"#, "xyx") == ["x", "~yx"])
    #expect(try Self.matches("[^a-c\\]-]+", "abcd]e-f") == ["~abc", "d", "~]", "e", "~-", "f"])
    #expect(try Self.matches("(?:ab)?c", "abcc") == ["abc", "c"])
    #expect(try Self.matches("a.c", "abca\nc") == ["abc", "~a\nc"])
    #expect(try Self.matches("[.*+]", "a.*") == ["~a", ".", "*"])
  }

  @Test func `a pattern that would recurse too deeply is refused, and the longest one matches`() throws {
    let longest = PatternParser.longest
    let text = String(repeating: "ab", count: longest / 2)
    #expect(try Self.matches(text, text) == [text])
    #expect {
      try Pattern(text + "a")
    } throws: { error in
      "\(error)".hasPrefix("regular expression \(text.prefix(200))...: longer than \(longest) characters")
    }
  }

  @Test func `possessive counts give nothing back`() throws {
    #expect(try Self.matches("a+ab", "aaab") == ["aaab"])
    #expect(try Self.matches("a++ab", "aaab") == ["~aaab"])
    #expect(try Self.matches(#"[^\r\n\p{L}\p{N}]?+\p{L}+"#, "!ab c") == ["!ab", " c"])
  }

  @Test func `ignoring case folds the long s and the Kelvin sign, only inside its group`() throws {
    #expect(try Self.matches("(?i:'s|'k)x", "'Sx'\u{17F}x'\u{212A}x'sX") == ["'Sx", "'\u{17F}x", "'\u{212A}x", "~'sX"])
    #expect(try Self.matches("(?i:[a-d])", "aDe") == ["a", "D", "~e"])
  }

  @Test func `properties and white space are Unicode's`() throws {
    #expect(try Self.matches(#"\p{L}+"#, "aé한1") == ["aé한", "~1"])
    #expect(try Self.matches(#"\p{N}"#, "½Ⅻ٣") == ["½", "Ⅻ", "٣"])
    #expect(try Self.matches(#"[\p{Lu}\p{Nd}]+"#, "A1b") == ["A1", "~b"])
    #expect(try Self.matches(#"\P{L}+"#, "a1 b") == ["~a", "1 ", "~b"])
    #expect(try Self.matches(#"\s"#, "\u{85}\u{B}\u{200B}") == ["\u{85}", "\u{B}", "~\u{200B}"])
  }

  @Test(arguments: [
    "a*?", "(ab)+", "[a[b]]", "[a&&b]", #"\p{Han}"#, "(?<=a)b", "a)", "(a", "[a", "*a", "a{x}", "\\", "\\b", "^a",
    "(?i)a",
  ])
  func `what is not supported is refused`(pattern: String) {
    #expect { try Pattern(pattern) } throws: { error in
      if case .pattern(pattern, _, _)? = error as? TextError { true } else { false }
    }
  }
}
