/// The tokens that a template writes around the turns, looked up once.
struct ChatControls: Sendable {
  /// `<|im_start|>` or `<|start_header_id|>`.
  private(set) var header: Int32 = -1
  /// `<|end_header_id|>`.
  private(set) var headerEnd: Int32 = -1
  /// `<|im_end|>`, `<|eot_id|>` or `</s>`.
  private(set) var turnEnd: Int32 = -1

  init(_ template: ChatTemplate, _ tokenizer: Tokenizer) throws(TextError) {
    func id(_ token: String) throws(TextError) -> Int32 {
      guard let id = tokenizer.id(of: token) else {
        throw .missingToken(token, template: template.kind.rawValue)
      }
      return id
    }
    switch template.kind {
    case .chatml: (header, turnEnd) = (try id("<|im_start|>"), try id("<|im_end|>"))
    case .llama3:
      (header, headerEnd) = (try id("<|start_header_id|>"), try id("<|end_header_id|>"))
      turnEnd = try id("<|eot_id|>")
    // A byte-level model has no </s>; there its own end token ends a turn.
    case .vicuna:
      if let end = tokenizer.eosToken, tokenizer.id(of: "</s>") == nil {
        turnEnd = end
      } else {
        turnEnd = try id("</s>")
      }
    case .plain: break
    }
  }

  var ids: Set<Int32> { Set([header, headerEnd, turnEnd].filter { $0 >= 0 }) }
}
