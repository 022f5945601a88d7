/// Turns ids into text one by one, holding back what is not yet a whole character.
///
/// The pieces put together are the text of all ids; only a byte-fallback model's broken bytes may be repaired by
/// another number of U+FFFD.
public struct StreamingDecoder: Sendable {
  private let tokenizer: Tokenizer
  private let skipSpecialTokens: Bool
  private var held: [UInt8] = []
  private var isFirst = true

  public init(_ tokenizer: Tokenizer, skipSpecialTokens: Bool = true) {
    self.tokenizer = tokenizer
    self.skipSpecialTokens = skipSpecialTokens
  }

  /// The text that is certain after this id; empty while a character is incomplete.
  public mutating func feed(_ id: Int32) -> String {
    if skipSpecialTokens, tokenizer.added.specialIDs.contains(id) { return "" }
    guard let token = tokenizer.tokenBytes(id) else { return "" }
    held += tokenizer.bytes(token, isFirst: isFirst)
    isFirst = false
    let end = held.count - Self.incomplete(held)
    defer { held.removeFirst(end) }
    return String(decoding: held[..<end], as: UTF8.self)
  }

  /// What is still held back, repaired: U+FFFD for a character that never became whole.
  public mutating func finish() -> String {
    defer { held = [] }
    return String(decoding: held, as: UTF8.self)
  }

  /// How many bytes at the end may still become one scalar.
  private static func incomplete(_ bytes: [UInt8]) -> Int {
    for length in 1...3 where length <= bytes.count {
      let lead = bytes[bytes.count - length]
      if lead & 0xC0 == 0x80 { continue }
      let needed = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2
      guard (0xC2...0xF4).contains(lead), length < needed else { return 0 }
      if length == 1 { return 1 }
      // The second byte's range is narrower behind these leads (Unicode, table 3-7).
      let second = bytes[bytes.count - length + 1]
      let allowed: ClosedRange<UInt8> =
        switch lead {
        case 0xE0: 0xA0...0xBF
        case 0xED: 0x80...0x9F
        case 0xF0: 0x90...0xBF
        case 0xF4: 0x80...0x8F
        default: 0x80...0xBF
        }
      return allowed.contains(second) ? length : 0
    }
    return 0
  }
}

extension Tokenizer {
  /// What one token adds to a text.
  func bytes(_ token: [UInt8], isFirst: Bool) -> [UInt8] {
    guard let decoder else { return isFirst ? token : [0x20] + token }
    return decoder.bytes(token, isFirst: isFirst)
  }
}

extension Decoder {
  fileprivate func bytes(_ token: [UInt8], isFirst: Bool) -> [UInt8] {
    switch self {
    case .byteFallback: Decoder.fallbackByte(token).map { [$0] } ?? token
    // Behind Fuse there is one text: only its first token has a beginning to strip.
    case .strip where !isFirst: token
    case .metaspace where !isFirst: apply([[], token]).last ?? token
    case .sequence(let steps): steps.reduce(token) { $1.bytes($0, isFirst: isFirst) }
    default: apply([token]).first ?? []
    }
  }
}
