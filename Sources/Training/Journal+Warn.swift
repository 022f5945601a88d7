import Records

extension Journal {
  /// What is to be seen at once: a line here, and on stderr. `stage`: nil for what concerns the whole run.
  func warn(_ sentence: String, stage: String? = nil, step: Int) throws {
    complain(sentence)
    try append(event: .warning, stage: stage, step: step, reason: sentence)
  }
}
