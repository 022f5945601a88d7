extension Tokenizer {
  /// A tokenizer that also knows these special tokens. One that the vocabulary has keeps its id, the others get the
  /// next free ids in order. An embedding must then have `vocabularySize` rows.
  public func addingTokens(_ contents: [String]) -> Tokenizer {
    var tokens = added.tokens
    var next = Int32(vocabularySize)
    for content in contents where !content.isEmpty {
      let bytes = Array(content.utf8)
      if let index = tokens.firstIndex(where: { $0.content == bytes }) {
        tokens[index].isSpecial = true
      } else if let id = model.tokens.id(bytes) {
        tokens.append(AddedToken(special: bytes, id: id))
      } else {
        tokens.append(AddedToken(special: bytes, id: next))
        next += 1
      }
    }
    return Tokenizer(self, added: tokens)
  }

  /// The tokenizer as a `tokenizer.json` that Hugging Face's library loads: the file that was read, with the added
  /// tokens as they are now.
  public func json() -> [UInt8] {
    var list: [UInt8] = [UInt8(ascii: "[")]
    list += added.tokens.sorted { $0.id < $1.id }.map { $0.json() }.joined(separator: [UInt8(ascii: ",")])
    list.append(UInt8(ascii: "]"))
    var parser = JSONParser(source, file: file)
    // The bytes were parsed when the tokenizer was made, so this cannot fail; if it did, nothing would be replaced.
    guard (try? parser.parse()) != nil else { return source }
    let key = Array("added_tokens".utf8)
    if let range = parser.topLevelRanges.last(where: { $0.key == key })?.range {
      return source[..<range.lowerBound] + list + source[range.upperBound...]
    }
    guard let brace = source.firstIndex(of: UInt8(ascii: "{")) else { return source }
    return source[...brace] + Array("\"added_tokens\":".utf8) + list + Array(",".utf8) + source[(brace + 1)...]
  }
}
