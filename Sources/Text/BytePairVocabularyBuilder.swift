/// Makes small vocabularies without training, such as the built-in demo's.
public enum BytePairVocabularyBuilder {
  /// A whole GPT-2 style `tokenizer.json`: the 256 bytes, merges that make each word one token with and without a
  /// space before it, and special tokens behind. A "word" that GPT-2's pattern cuts (`New York`) is one token for
  /// each part. The same input gives the same bytes.
  ///
  /// A word's rules are appended behind all earlier ones, from left to right over what the earlier rules leave of it.
  /// So they never fire before an earlier word is whole, and no word breaks another.
  public static func tokenizerJSON(words: [String], specialTokens: [String]) -> [UInt8] {
    var vocabulary = GrowingVocabulary()
    for word in words {
      for text in [word, " " + word] {
        for piece in pieces(text) { vocabulary.makeWhole(piece) }
      }
    }
    return json(vocabulary, specialTokens)
  }

  private static func pieces(_ text: String) -> [ArraySlice<UInt8>] {
    // The pattern is a constant that the tests compile, so there is always one.
    guard let pattern = try? Pattern(PreTokenizer.gpt2Pattern) else { return [] }
    let bytes = Array(text.utf8)
    var pieces: [ArraySlice<UInt8>] = []
    pattern.split(bytes, 0..<bytes.count) { range, _ in pieces.append(bytes[range]) }
    return pieces
  }

  private static func json(_ vocabulary: GrowingVocabulary, _ specialTokens: [String]) -> [UInt8] {
    let comma: [UInt8] = [UInt8(ascii: ",")]
    var added: [AddedToken] = []
    for token in specialTokens where !token.isEmpty && !added.contains(where: { $0.content.elementsEqual(token.utf8) })
    {
      let content = Array(token.utf8)
      let id = vocabulary.id(content) ?? Int32(vocabulary.tokens.count + added.count)
      added.append(AddedToken(special: content, id: id))
    }
    let byteLevel = #"{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":true}"#
    var out = Array(#"{"version":"1.0","truncation":null,"padding":null,"added_tokens":["#.utf8)
    out += added.map { $0.json() }.joined(separator: comma)
    out += Array(#"],"normalizer":null,"pre_tokenizer":\#(byteLevel),"post_processor":\#(byteLevel),"#.utf8)
    out += Array(#""decoder":\#(byteLevel),"model":{"type":"BPE","dropout":null,"unk_token":null,"#.utf8)
    out += Array(#""continuing_subword_prefix":null,"end_of_word_suffix":null,"fuse_unk":false,"#.utf8)
    out += Array(#""byte_fallback":false,"ignore_merges":false,"vocab":{"#.utf8)
    out += vocabulary.tokens.enumerated().map { JSONWriter.quoted($1) + Array(":\($0)".utf8) }.joined(separator: comma)
    out += Array(#"},"merges":["#.utf8)
    out += vocabulary.merges.map { left, right in
      JSONWriter.quoted(vocabulary.tokens[left] + [0x20] + vocabulary.tokens[right])
    }.joined(separator: comma)
    return out + Array("]}}".utf8)
  }
}

/// A byte-level vocabulary to which merges are added.
private struct GrowingVocabulary {
  private(set) var tokens = ByteLevelAlphabet.characters
  private(set) var merges: [(left: Int, right: Int)] = []
  private var table = MergeTable(capacity: 16)
  private var ids: [[UInt8]: Int32] = [:]

  init() {
    for (id, token) in tokens.enumerated() { ids[token] = Int32(id) }
  }

  func id(_ token: [UInt8]) -> Int32? { ids[token] }

  /// Adds rules until the piece is one token.
  mutating func makeWhole(_ piece: ArraySlice<UInt8>) {
    var symbols = table.merged(piece.map { Int32($0) })
    while symbols.count > 1 {
      addRule(symbols[0], symbols[1])
      symbols = table.merged(piece.map { Int32($0) })
    }
  }

  private mutating func addRule(_ left: Int32, _ right: Int32) {
    let token = tokens[Int(left)] + tokens[Int(right)]
    let result = ids[token] ?? Int32(tokens.count)
    if ids[token] == nil {
      ids[token] = result
      tokens.append(token)
    }
    merges.append((Int(left), Int(right)))
    table.append(left, right, result: result)
  }
}
