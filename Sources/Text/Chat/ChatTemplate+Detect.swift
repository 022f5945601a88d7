extension ChatTemplate {
  /// Recognises a checkpoint's Jinja chat template by its marks, and takes the default system prompt from it.
  /// - Parameter jinja: The template's text.
  /// - Returns: nil when it is none of the known kinds, or nearly one.
  public static func detect(chatTemplate jinja: String) -> ChatTemplate? {
    let beginsWithBOS = jinja.contains("bos_token")
    if jinja.contains("<|im_start|>") {
      guard writesChatMLHeaders(JinjaText.constants(jinja)) else { return nil }
      let system = JinjaText.constants(jinja).lazy.compactMap { between("<|im_start|>system\n", "<|im_end|>", $0) }
        .first
      return ChatTemplate(kind: .chatml, defaultSystem: system, beginsWithBOS: beginsWithBOS)
    }
    if jinja.contains("<|start_header_id|>") {
      let header = "<|start_header_id|>system<|end_header_id|>\n\n"
      let system = JinjaText.constants(jinja).lazy.compactMap { between(header, "<|eot_id|>", $0) }.first
      return ChatTemplate(kind: .llama3, defaultSystem: system, beginsWithBOS: beginsWithBOS)
    }
    if jinja.contains("ASSISTANT:") {
      let system = JinjaText.constants(jinja).contains { $0.contains(vicunaSystem) } ? vicunaSystem : nil
      return ChatTemplate(kind: .vicuna, defaultSystem: system)
    }
    return nil
  }

  /// Recognises the template of a checkpoint directory: `chat_template.jinja`, `chat_template.json`, or the
  /// `chat_template` of `tokenizer_config.json`, where a list of named templates may stand for its `default`.
  /// - Returns: nil when the directory has no template.
  /// - Throws: `TextError.unknownTemplate` for a template of no known kind, or what is wrong with a file.
  public static func detect(directory: String) throws(TextError) -> ChatTemplate? {
    guard let (jinja, file) = try source(directory) else { return nil }
    guard let template = detect(chatTemplate: jinja) else { throw .unknownTemplate(file: file) }
    return template
  }

  private static func source(_ directory: String) throws(TextError) -> (jinja: String, file: String)? {
    let path = Files.join(directory, "chat_template.jinja")
    if Files.exists(path) { return (String(decoding: try Files.bytes(path), as: UTF8.self), path) }
    for name in ["chat_template.json", "tokenizer_config.json"] {
      guard let root = try Files.json(directory, name), let node = try root.optional("chat_template") else { continue }
      guard case .array = node.value else { return (try node.string(), root.file) }
      for entry in try node.elements() where try entry.required("name", "a string").string() == "default" {
        return (try entry.required("template", "a string").string(), root.file)
      }
    }
    return nil
  }

  /// Whether a newline stands behind the role, as ChatML has it. Other templates borrow its marks and write a space there.
  private static func writesChatMLHeaders(_ constants: [String]) -> Bool {
    let mark = "<|im_start|>"
    // Behind a mark that ends its text comes a role that only the chat knows; `message['role']` has a text in it.
    let open = constants.indices.filter { constants[$0].hasSuffix(mark) }
    guard !open.isEmpty else { return constants.contains { between(mark, "\n", $0)?.contains(" ") == false } }
    return open.contains { constants[($0 + 1)...].first { $0 != "role" }?.hasPrefix("\n") == true }
  }

  private static func between(_ start: String, _ end: String, _ text: String) -> String? {
    guard let start = text.firstRange(of: start) else { return nil }
    let rest = text[start.upperBound...]
    return rest.firstRange(of: end).map { String(rest[..<$0.lowerBound]) }
  }
}
