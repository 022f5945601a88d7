extension Tokenizer {
  /// The text that the ids stand for. Bytes that are not UTF-8 become U+FFFD; ids that name no token are left out.
  public func decode(_ ids: [Int32], skipSpecialTokens: Bool = true) -> String {
    let tokens = ids.compactMap { id in
      skipSpecialTokens && added.specialIDs.contains(id) ? nil : tokenBytes(id)
    }
    // Without a decoder the library puts the tokens side by side with spaces between.
    guard let decoder else { return String(decoding: Array(tokens.joined(separator: [0x20])), as: UTF8.self) }
    return String(decoding: Array(decoder.apply(tokens).joined()), as: UTF8.self)
  }
}
