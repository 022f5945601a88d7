extension ChatEncoder {
  /// Writes one turn; `counts` loses what its images take.
  func write(_ turn: ChatMessage, _ builder: inout ChatBuilder, _ counts: inout ArraySlice<Int>) {
    switch template.kind {
    case .chatml: writeChatML(turn, &builder, &counts)
    case .llama3: writeLlama3(turn, &builder, &counts)
    case .vicuna: writeVicuna(turn, &builder, &counts)
    case .plain: writePlain(turn, &builder, &counts)
    }
  }

  /// What stands before an assistant's first word.
  func writeAssistantHeader(_ builder: inout ChatBuilder) {
    switch template.kind {
    case .chatml: writeChatMLHeader(.assistant, &builder)
    case .llama3: writeLlama3Header(.assistant, &builder)
    case .vicuna: builder.text("ASSISTANT:")
    case .plain: break
    }
  }

  private func writeChatMLHeader(_ role: ChatMessage.Role, _ builder: inout ChatBuilder) {
    builder.control(controls.header)
    builder.text("\(role.rawValue)\n")
  }

  private func writeChatML(_ turn: ChatMessage, _ builder: inout ChatBuilder, _ counts: inout ArraySlice<Int>) {
    writeChatMLHeader(turn.role, &builder)
    writeContent(turn, &builder, &counts)
    builder.control(controls.turnEnd, isTrained: turn.role == .assistant)
    builder.text("\n")
  }

  private func writeLlama3Header(_ role: ChatMessage.Role, _ builder: inout ChatBuilder) {
    builder.control(controls.header)
    builder.text(role.rawValue)
    builder.control(controls.headerEnd)
    builder.text("\n\n")
  }

  private func writeLlama3(_ turn: ChatMessage, _ builder: inout ChatBuilder, _ counts: inout ArraySlice<Int>) {
    writeLlama3Header(turn.role, &builder)
    writeContent(ChatMessage(role: turn.role, text: Self.stripped(turn.text)), &builder, &counts)
    builder.control(controls.turnEnd, isTrained: turn.role == .assistant)
  }

  /// Jinja's `trim`, which is Python's `str.strip`.
  static func stripped(_ text: String) -> String {
    func isSpace(_ scalar: Unicode.Scalar) -> Bool {
      UnicodeClasses.isSpace(scalar.value) || (0x1C...0x1F).contains(scalar.value)
    }
    let scalars = text.unicodeScalars
    guard let first = scalars.firstIndex(where: { !isSpace($0) }),
      let last = scalars.lastIndex(where: { !isSpace($0) })
    else { return "" }
    return String(scalars[first...last])
  }

  /// The header's space belongs to the answer: as in LLaVA's masks it is part of the first trained token, and a
  /// prompt ends before it.
  private func writeVicuna(_ turn: ChatMessage, _ builder: inout ChatBuilder, _ counts: inout ArraySlice<Int>) {
    switch turn.role {
    case .system: if !turn.text.isEmpty { builder.text(turn.text + " ") }
    case .user:
      builder.text("USER: ")
      writeContent(turn, &builder, &counts)
      builder.text(" ")
    case .assistant:
      writeAssistantHeader(&builder)
      builder.text(turn.text.isEmpty ? "" : " " + turn.text, isTrained: true)
      builder.control(controls.turnEnd, isTrained: true)
    }
  }

  /// `preprocess_plain` of LLaVA: the images, then every caption with a newline.
  private func writePlain(_ turn: ChatMessage, _ builder: inout ChatBuilder, _ counts: inout ArraySlice<Int>) {
    switch turn.role {
    case .system: break
    case .user: for _ in turn.partsBetweenImages.dropFirst() { writeImage(&builder, &counts) }
    case .assistant: builder.text(turn.text + "\n", isTrained: true)
    }
  }

  private func writeContent(_ turn: ChatMessage, _ builder: inout ChatBuilder, _ counts: inout ArraySlice<Int>) {
    guard turn.role == .user else { return builder.text(turn.text, isTrained: turn.role == .assistant) }
    for (index, part) in turn.partsBetweenImages.enumerated() {
      if index > 0 { writeImage(&builder, &counts) }
      builder.text(part)
    }
  }

  private func writeImage(_ builder: inout ChatBuilder, _ counts: inout ArraySlice<Int>) {
    if let count = counts.popFirst() { builder.image(count: count) }
  }
}
