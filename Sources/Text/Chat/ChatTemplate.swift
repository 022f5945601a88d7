/// How turns are written.
public enum ChatTemplateKind: String, Sendable, CaseIterable {
  /// `<|im_start|>user\n...<|im_end|>\n` (SmolLM2, Qwen2).
  case chatml
  /// `SYSTEM USER: ... ASSISTANT: ...</s>`, LLaVA's `conv_vicuna_v1`.
  case vicuna = "vicuna_v1"
  /// LLaVA's first stage: image, caption, newline; the user's words are left out.
  case plain
  /// `<|start_header_id|>user<|end_header_id|>\n\n...<|eot_id|>`, the texts stripped of white space (Llama 3).
  case llama3
}

/// A chat template with its default system prompt.
public struct ChatTemplate: Sendable, Equatable {
  /// LLaVA's system prompt for Vicuna.
  public static let vicunaSystem = """
    A chat between a curious user and an artificial intelligence assistant. \
    The assistant gives helpful, detailed, and polite answers to the user's questions.
    """

  public var kind: ChatTemplateKind
  /// Used when a chat does not begin with a system turn.
  public var defaultSystem: String?
  /// Whether the template itself writes the beginning token. Vicuna and plain leave that to the tokenizer.
  public var beginsWithBOS: Bool

  public init(kind: ChatTemplateKind, defaultSystem: String?, beginsWithBOS: Bool? = nil) {
    self.kind = kind
    self.defaultSystem = defaultSystem
    self.beginsWithBOS = beginsWithBOS ?? (kind == .llama3)
  }

  /// The template with its usual system prompt: Vicuna has one, the others' depends on the model.
  public init(kind: ChatTemplateKind) {
    self.init(kind: kind, defaultSystem: kind == .vicuna ? Self.vicunaSystem : nil)
  }
}
