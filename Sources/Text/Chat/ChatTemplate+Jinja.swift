extension ChatTemplate {
  /// The template for transformers, as a `chat_template.jinja` has it; `detect` finds an equal template in it. nil for
  /// `plain`, which is no way to write a chat.
  public var jinja: String? {
    switch kind {
    case .chatml:
      let header = "<|im_start|>"
      return start("\(header)system\n", "<|im_end|>\n")
        + Self.forEachTurn(
          "{{ '\(header)' + message['role'] + '\\n' }}" + Self.content() + "{{ '<|im_end|>\\n' }}",
          answer: "\(header)assistant\\n")
    case .llama3:
      func header(_ role: String) -> String { "<|start_header_id|>\(role)<|end_header_id|>" }
      return start(header("system") + "\n\n", "<|eot_id|>")
        + Self.forEachTurn(
          "{{ '" + header("' + message['role'] + '") + "\\n\\n' }}" + Self.content(" | trim") + "{{ '<|eot_id|>' }}",
          answer: header("assistant") + "\\n\\n")
    case .vicuna:
      return start("", " ")
        + Self.forEachTurn(
          "{% if message['role'] == 'user' %}{{ 'USER: ' }}\(Self.content()){{ ' ' }}"
            + "{% elif message['role'] == 'assistant' %}{{ 'ASSISTANT:' }}"
            + "{% if message['content'] %}{{ ' ' }}\(Self.content()){% endif %}{{ eos_token }}"
            + "{% elif message['content'] %}\(Self.content()){{ ' ' }}{% endif %}",
          answer: "ASSISTANT:")
    case .plain: return nil
    }
  }

  /// What stands before the first turn.
  private func start(_ before: String, _ behind: String) -> String {
    let system = defaultSystem.map {
      "{% if messages[0]['role'] != 'system' %}{{ \(Self.literal(before + $0 + behind)) }}{% endif %}"
    }
    return (beginsWithBOS ? "{{ bos_token }}" : "") + (system ?? "")
  }

  private static func forEachTurn(_ turn: String, answer: String) -> String {
    "{% for message in messages %}\(turn){% endfor %}{% if add_generation_prompt %}{{ '\(answer)' }}{% endif %}\n"
  }

  /// A turn's words: a text, or a list of texts and images.
  private static func content(_ filter: String = "") -> String {
    "{% if message['content'] is string %}{{ message['content']\(filter) }}{% else %}"
      + "{% for part in message['content'] %}{% if part['type'] == 'image' %}{{ '\(ChatMessage.imageMark)\\n' }}"
      + "{% elif part['type'] == 'text' %}{{ part['text']\(filter) }}{% endif %}{% endfor %}{% endif %}"
  }

  private static func literal(_ text: String) -> String {
    let escapes: [(String, String)] = [("\\", "\\\\"), ("'", "\\'"), ("\n", "\\n"), ("\r", "\\r"), ("\t", "\\t")]
    return "'" + escapes.reduce(text) { $0.replacing($1.0, with: $1.1) } + "'"
  }

  /// A `tokenizer_config.json` without its template, so that another one beside it is the only one.
  public static func removed(from json: [UInt8], file: String) throws(TextError) -> [UInt8] {
    let members = try JSONNode(json, file: file).members()
    return JSONWriter.text(.object(members.filter { !$0.key.elementsEqual("chat_template".utf8) })) + [0x0A]
  }
}
