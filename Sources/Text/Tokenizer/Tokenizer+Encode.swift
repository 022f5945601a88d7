extension Tokenizer {
  /// The token ids of a text.
  /// - Parameters:
  ///   - addSpecialTokens: Put in front and behind what the file's post-processor asks for (Llama: beginning token).
  ///   - allowSpecial: Text that spells a special token becomes that token. Not for text of unknown origin: with false
  ///     it stays text, as with `encode_special_tokens` in Hugging Face's library.
  public func encode(_ text: String, addSpecialTokens: Bool = false, allowSpecial: Bool = true) -> [Int32] {
    let ids = encode(text, .start) { !allowSpecial && $0.isSpecial }
    return addSpecialTokens ? postProcessor.prefix + ids + postProcessor.suffix : ids
  }

  /// The ids of text in which neither a special token nor one of `literal` is recognised.
  func encodeContent(_ text: String, _ position: TextPosition, literal: Set<Int32>) -> [Int32] {
    encode(text, position) { $0.isSpecial || literal.contains($0.id) }
  }

  private func encode(_ text: String, _ position: TextPosition, isLiteral: (AddedToken) -> Bool) -> [Int32] {
    var out: [Int32] = []
    let bytes = Array(text.utf8)
    for part in added.split(bytes, normalized: false, isLiteral: isLiteral) {
      switch part {
      case .token(let id): out.append(id)
      case .text(let range):
        let place = range.lowerBound == 0 ? position : .afterToken
        let raw = range.count == bytes.count ? bytes : Array(bytes[range])
        let normal = normalizer?.apply(raw, continues: place == .continuation) ?? raw
        encodeNormalized(normal, place, isLiteral: isLiteral, into: &out)
      }
    }
    return out
  }

  private func encodeNormalized(
    _ text: [UInt8], _ position: TextPosition, isLiteral: (AddedToken) -> Bool, into out: inout [Int32]
  ) {
    for part in added.split(text, normalized: true, isLiteral: isLiteral) {
      switch part {
      case .token(let id): out.append(id)
      case .text(let range):
        let pieces = Pieces(range.count == text.count ? text : Array(text[range]))
        let cut = preTokenizer?.apply(pieces, range.lowerBound == 0 ? position : .afterToken) ?? pieces
        for piece in cut.ranges { model.encode(cut.text[piece], into: &out) }
      }
    }
  }
}
