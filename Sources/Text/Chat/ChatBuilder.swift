/// Puts a chat together: tokens, labels and image spans grow side by side, so that no span ever has to be found again
/// in a text.
///
/// Text is kept back until something else than text of the same kind follows, so that what stands together in the
/// rendered template is tokenised together; only where training begins or ends is a text cut.
struct ChatBuilder {
  private let tokenizer: Tokenizer
  private let imageToken: Int32?
  /// Tokens that only the template may write.
  private let literal: Set<Int32>

  private var chat = TokenizedChat()
  private var pending = ""
  private var pendingIsTrained = false
  private var position = TextPosition.start

  init(_ tokenizer: Tokenizer, imageToken: Int32?, literal: Set<Int32>) {
    self.tokenizer = tokenizer
    self.imageToken = imageToken
    self.literal = literal
  }

  /// What the tokenizer itself puts in front of every text.
  mutating func prefix() { append(tokenizer.postProcessor.prefix, isTrained: false) }

  mutating func text(_ text: String, isTrained: Bool = false) {
    if text.isEmpty { return }
    if isTrained != pendingIsTrained { flush() }
    pendingIsTrained = isTrained
    pending += text
  }

  mutating func control(_ token: Int32, isTrained: Bool = false) {
    flush()
    append([token], isTrained: isTrained)
    position = .afterToken
  }

  mutating func image(count: Int) {
    guard let imageToken else { return }
    flush()
    chat.imageSpans.append(chat.tokens.count..<(chat.tokens.count + count))
    append(Array(repeating: imageToken, count: count), isTrained: false)
    position = .afterToken
  }

  mutating func finish() -> TokenizedChat {
    flush()
    return chat
  }

  private mutating func flush() {
    if pending.isEmpty { return }
    append(tokenizer.encodeContent(pending, position, literal: literal), isTrained: pendingIsTrained)
    pending = ""
    position = .continuation
  }

  private mutating func append(_ tokens: [Int32], isTrained: Bool) {
    chat.tokens += tokens
    chat.labels += isTrained ? tokens : Array(repeating: TokenizedChat.ignored, count: tokens.count)
  }
}
