/// Everything that can be wrong with a tokenizer, a chat template or a chat: facts only.
/// The sentences are made in `TextError+Description.swift`.
public enum TextError: Error, Equatable {
  /// The file is missing or cannot be read.
  case unreadable(path: String)
  /// Not JSON (RFC 8259): what was expected at a byte offset.
  case notJSON(file: String, offset: Int, expected: String)
  /// A member is missing, or its value is of another type or out of range.
  case wrongValue(file: String, path: String, expected: String, found: String)
  /// A member whose meaning is not known.
  case unknownKey(file: String, path: String, key: String)
  /// A component or a setting that exists in Hugging Face's tokenizers, or may, but not here.
  case unsupported(file: String, path: String, value: String)
  /// A regular expression with a construct that the matcher does not have.
  case pattern(String, offset: Int, reason: String)
  /// A merge rule that does not name two tokens whose concatenation is a token.
  case merge(file: String, index: Int, token: String)
  /// A chat template needs a token that the vocabulary lacks.
  case missingToken(String, template: String)
  /// A chat template of no known kind.
  case unknownTemplate(file: String)
  /// The number of `<image>` marks in the user's text is not the number of images.
  case imageMarks(marks: Int, images: Int)
  /// An image that would take no token.
  case imageTokenCount(image: Int, count: Int)
  /// Images were given, but the encoder has no image token.
  case noImageToken(images: Int)
  /// No token of the sample is trained, after truncation when there was one.
  case nothingTrained(tokens: Int, maximumTokens: Int?)
}
