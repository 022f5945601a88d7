extension TextError: CustomStringConvertible {
  /// One line: what, where, and what to do.
  public var description: String {
    switch self {
    case .unreadable(let path):
      "\(path): cannot be read; give a tokenizer.json or a directory that holds one"
    case .notJSON(let file, let offset, let expected):
      "\(file): not JSON at byte \(offset), expected \(expected); fetch or write the file again"
    case .wrongValue(let file, let path, let expected, let found):
      "\(file): \(path) must be \(expected), found \(found); correct the file"
    case .unknownKey(let file, let path, let key):
      "\(file): \(path) has the unknown key \"\(key)\"; remove it, or save the tokenizer again without it"
    case .unsupported(let file, let path, let value):
      "\(file): \(path) \(value) is not supported; use a byte-level or byte-fallback BPE tokenizer without it"
    case .pattern(let pattern, let offset, let reason):
      "regular expression \(pattern.count > 200 ? pattern.prefix(200) + "..." : pattern): \(reason) at character "
        + "\(offset); use a supported pre-tokenizer pattern"
    case .merge(let file, let index, let token):
      "\(file): model.merges[\(index)] needs the token \"\(token)\", which model.vocab lacks; save the tokenizer again"
    case .missingToken(let token, let template):
      "the chat template \(template) needs the token \(token), which the tokenizer lacks; name another template"
    case .unknownTemplate(let file):
      "\(file): the chat template is none of chatml, llama3, vicuna_v1; set chat_template in the recipe"
    case .imageMarks(let marks, let images):
      "the user's text has \(marks) <image> marks but the sample has \(images) images; make them equal"
    case .imageTokenCount(let image, let count):
      "image \(image) would take \(count) tokens; every image needs at least one"
    case .noImageToken(let images):
      "the chat has \(images) images but no image token was given; add <image> to the tokenizer"
    case .nothingTrained(let tokens, let maximumTokens?):
      "none of the \(tokens) tokens is trained within the limit of \(maximumTokens); raise the limit or drop the sample"
    case .nothingTrained(let tokens, nil):
      "none of the \(tokens) tokens is trained; give the sample an assistant turn or drop it"
    }
  }
}
