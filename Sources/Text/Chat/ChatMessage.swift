/// One turn of a chat.
public struct ChatMessage: Sendable, Equatable {
  public enum Role: String, Sendable { case system, user, assistant }

  /// Where an image stands in the text of a user.
  public static let imageMark = "<image>"

  public var role: Role
  /// The user's text may hold `<image>` marks; in other roles they are plain text.
  public var text: String

  public init(role: Role, text: String) {
    self.role = role
    self.text = text
  }

  /// The same turn as LLaVA's `preprocess_multimodal` has it: the mark of its only image, where that is not its beginning,
  /// moves there, with a newline and without the white space around the words.
  public var withPictureInFront: ChatMessage {
    let parts = partsBetweenImages
    guard role == .user, parts.count == 2, !parts[0].isEmpty else { return self }
    let words = ChatEncoder.stripped(parts[0] + parts[1])
    return ChatMessage(role: role, text: Self.imageMark + (words.isEmpty ? "" : "\n" + words))
  }

  /// How many images the turn asks for: the marks in a user's text.
  public var imageCount: Int { role == .user ? partsBetweenImages.count - 1 : 0 }

  /// The text cut at the marks: one part more than there are marks. By bytes, because as `Character`s a mark with a
  /// combining accent behind it would be none.
  var partsBetweenImages: [String] {
    let (bytes, mark) = (Array(text.utf8), Array(Self.imageMark.utf8))
    var parts: [String] = []
    var (start, index) = (0, 0)
    while index < bytes.count {
      if bytes[index] == mark[0], bytes[index...].starts(with: mark) {
        parts.append(String(decoding: bytes[start..<index], as: UTF8.self))
        index += mark.count
        start = index
      } else {
        index += 1
      }
    }
    return parts + [String(decoding: bytes[start...], as: UTF8.self)]
  }
}
