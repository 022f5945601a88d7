/// Turns chats into tokens and labels.
///
/// Trained are an assistant's words and the token that ends its turn, nothing else: headers, the newline behind
/// ChatML's end token, images and the other turns are masked. An empty answer still trains its end token. Text of
/// turns that spells a special token stays text.
public struct ChatEncoder: Sendable {
  let tokenizer: Tokenizer
  let template: ChatTemplate
  let imageToken: Int32?
  let imageTokenCount: Int
  let controls: ChatControls

  /// - Parameters:
  ///   - imageToken: The id that stands for an image; nil for a model without eyes.
  ///   - imageTokenCount: How many copies an image takes where a call gives only the number of images.
  /// - Throws: `TextError.missingToken` when the vocabulary lacks a token that the template writes.
  public init(
    tokenizer: Tokenizer, template: ChatTemplate, imageToken: Int32?, imageTokenCount: Int = 1
  ) throws(TextError) {
    self.tokenizer = tokenizer
    self.template = template
    self.imageToken = imageToken
    self.imageTokenCount = imageTokenCount
    controls = try ChatControls(template, tokenizer)
  }

  /// A sample for training.
  /// - Parameters:
  ///   - imageCounts: How many tokens each image takes, in the order of the marks.
  ///   - maximumTokens: What goes beyond is cut off, but never inside an image.
  /// - Throws: `TextError.imageMarks` and its neighbours when marks and images disagree, `.nothingTrained` when no
  ///   label is left.
  public func encode(
    _ messages: [ChatMessage], imageCounts: [Int], maximumTokens: Int? = nil
  ) throws(TextError) -> TokenizedChat {
    let whole = try render(messages, imageCounts: imageCounts, isPrompt: false)
    let chat = maximumTokens.map { whole.truncated(to: $0) } ?? whole
    guard chat.trainedCount > 0 else {
      throw .nothingTrained(tokens: whole.tokens.count, maximumTokens: maximumTokens)
    }
    return chat
  }

  /// A sample for training whose images all take `imageTokenCount` tokens.
  public func encode(
    _ messages: [ChatMessage], images: Int, maximumTokens: Int? = nil
  ) throws(TextError) -> TokenizedChat {
    try encode(messages, imageCounts: Array(repeating: imageTokenCount, count: images), maximumTokens: maximumTokens)
  }

  /// A chat that waits for the assistant's next words: it ends with the assistant's header. No label is trained.
  public func encodePrompt(_ messages: [ChatMessage], imageCounts: [Int]) throws(TextError) -> TokenizedChat {
    var chat = try render(messages, imageCounts: imageCounts, isPrompt: true)
    chat.labels = Array(repeating: TokenizedChat.ignored, count: chat.tokens.count)
    return chat
  }

  private func render(
    _ messages: [ChatMessage], imageCounts: [Int], isPrompt: Bool
  ) throws(TextError) -> TokenizedChat {
    try check(messages, imageCounts)
    let literal = controls.ids.union(imageToken.map { [$0] } ?? [])
    var builder = ChatBuilder(tokenizer, imageToken: imageToken, literal: literal)
    if template.kind == .plain || template.kind == .vicuna { builder.prefix() }
    if template.beginsWithBOS, let bos = tokenizer.bosToken { builder.control(bos) }
    var turns = messages
    if let system = template.defaultSystem, messages.first?.role != .system {
      turns.insert(ChatMessage(role: .system, text: system), at: 0)
    }
    var counts = imageCounts[...]
    for turn in turns { write(turn, &builder, &counts) }
    if isPrompt { writeAssistantHeader(&builder) }
    return builder.finish()
  }

  private func check(_ messages: [ChatMessage], _ imageCounts: [Int]) throws(TextError) {
    let marks = messages.reduce(0) { $0 + $1.imageCount }
    guard marks == imageCounts.count else { throw .imageMarks(marks: marks, images: imageCounts.count) }
    for (image, count) in imageCounts.enumerated() where count < 1 {
      throw .imageTokenCount(image: image, count: count)
    }
    guard imageCounts.isEmpty || imageToken != nil else { throw .noImageToken(images: imageCounts.count) }
  }
}
