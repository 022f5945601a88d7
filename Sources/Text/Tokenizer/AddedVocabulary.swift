/// A token that is cut out of the text before the model sees it: `AddedToken` of Hugging Face's tokenizers.
struct AddedToken: Sendable {
  let id: Int32
  let content: [UInt8]
  var isSingleWord = false
  var stripsLeft = false
  var stripsRight = false
  var isNormalized = false
  var isSpecial = true

  init(_ node: JSONNode) throws(TextError) {
    try node.allow(["id", "content", "single_word", "lstrip", "rstrip", "normalized", "special"])
    id = try node.required("id", "a token id").tokenID()
    content = try node.required("content", "a string").bytes()
    isSingleWord = try node.bool("single_word", default: false)
    stripsLeft = try node.bool("lstrip", default: false)
    stripsRight = try node.bool("rstrip", default: false)
    isSpecial = try node.bool("special", default: false)
    isNormalized = try node.bool("normalized", default: !isSpecial)
  }

  init(special content: [UInt8], id: Int32) {
    self.id = id
    self.content = content
  }

  func json() -> [UInt8] {
    Array("{\"id\":\(id),\"content\":".utf8) + JSONWriter.quoted(content)
      + Array(
        """
        ,"single_word":\(isSingleWord),"lstrip":\(stripsLeft),"rstrip":\(stripsRight),\
        "normalized":\(isNormalized),"special":\(isSpecial)}
        """.utf8)
  }
}

/// The added tokens, and how they are found: leftmost, longest.
struct AddedVocabulary: Sendable {
  /// A part of a text: a token that was found, or text in between.
  enum Part {
    case token(Int32)
    case text(Range<Int>)
  }

  let tokens: [AddedToken]
  let specialIDs: Set<Int32>
  private let idOfContent: [[UInt8]: Int32]
  private let indexOfID: [Int32: Int]
  private let raw: ByteTrie
  private let normalized: ByteTrie

  init(_ tokens: [AddedToken], normalizer: Normalizer?) {
    self.tokens = tokens
    specialIDs = Set(tokens.lazy.filter(\.isSpecial).map(\.id))
    idOfContent = Dictionary(tokens.map { ($0.content, $0.id) }) { $1 }
    indexOfID = Dictionary(tokens.enumerated().map { ($1.id, $0) }) { $1 }
    var (raw, normalized) = (ByteTrie(), ByteTrie())
    for (index, token) in tokens.enumerated() where !token.content.isEmpty {
      if token.isNormalized {
        normalized.insert(normalizer?.apply(token.content, continues: false) ?? token.content, value: index)
      } else {
        raw.insert(token.content, value: index)
      }
    }
    (self.raw, self.normalized) = (raw, normalized)
  }

  func id(_ content: [UInt8]) -> Int32? { idOfContent[content] }

  func content(_ id: Int32) -> [UInt8]? { indexOfID[id].map { tokens[$0].content } }

  /// Cuts the text at the added tokens.
  /// - Parameters:
  ///   - normalized: Look for the tokens that are matched in normalized text instead of the others.
  ///   - isLiteral: Tokens whose text is to stay text. As in Hugging Face (`encode_special_tokens`) their text is still
  ///     passed over as a whole.
  func split(_ text: [UInt8], normalized: Bool, isLiteral: (AddedToken) -> Bool) -> [Part] {
    let trie = normalized ? self.normalized : raw
    if trie.isEmpty { return text.isEmpty ? [] : [.text(0..<text.count)] }
    var parts: [Part] = []
    var (done, index) = (0, 0)
    while index < text.count {
      guard let (length, value) = trie.longest(text, at: index) else {
        index += 1
        continue
      }
      var (start, stop) = (index, index + length)
      index = stop
      let token = tokens[value]
      if isLiteral(token) || (token.isSingleWord && !standsAlone(text, start..<stop)) { continue }
      if token.stripsLeft {
        while start > done, isSpace(text, UTF8Cursor.before(text, start)) { start = UTF8Cursor.before(text, start) }
      }
      if token.stripsRight {
        while stop < text.count, isSpace(text, stop) { stop += UTF8Cursor.scalar(text, at: stop).length }
      }
      if done < start { parts.append(.text(done..<start)) }
      parts.append(.token(token.id))
      done = stop
    }
    if done < text.count { parts.append(.text(done..<text.count)) }
    return parts
  }

  private func isSpace(_ text: [UInt8], _ index: Int) -> Bool {
    UnicodeClasses.isSpace(UTF8Cursor.scalar(text, at: index).value)
  }

  private func standsAlone(_ text: [UInt8], _ range: Range<Int>) -> Bool {
    let isWordBefore =
      range.lowerBound > 0
      && UnicodeClasses.isWord(UTF8Cursor.scalar(text, at: UTF8Cursor.before(text, range.lowerBound)).value)
    let isWordAfter =
      range.upperBound < text.count && UnicodeClasses.isWord(UTF8Cursor.scalar(text, at: range.upperBound).value)
    return !isWordBefore && !isWordAfter
  }
}
