/// What happens to the text before it is cut: `normalizers` of Hugging Face's tokenizers, as BPE models use them.
indirect enum Normalizer: Sendable {
  case nfc
  case prepend([UInt8])
  case replace([UInt8], [UInt8])
  case sequence([Normalizer])

  init(_ node: JSONNode) throws(TextError) {
    let type = try node.required("type", "a normalizer's name")
    switch try type.string() {
    case "NFC":
      try node.allow(["type"])
      self = .nfc
    case "Prepend":
      try node.allow(["type", "prepend"])
      self = .prepend(try node.required("prepend", "a string").bytes())
    case "Replace":
      try node.allow(["type", "pattern", "content"])
      self = .replace(
        try node.required("pattern", "a pattern").literalPattern(),
        try node.required("content", "a string").bytes())
    case "Sequence":
      try node.allow(["type", "normalizers"])
      var steps: [Normalizer] = []
      for step in try node.required("normalizers", "an array").elements() { steps.append(try Normalizer(step)) }
      self = .sequence(steps)
    case let other: throw type.unsupported(other)
    }
  }

  /// - Parameter continues: The text goes on from text that was encoded before, so nothing is put in front.
  func apply(_ text: [UInt8], continues: Bool) -> [UInt8] {
    switch self {
    case .nfc: return CanonicalComposition.nfc(text)
    case .prepend(let prefix): return continues || text.isEmpty ? text : prefix + text
    case .replace(let pattern, let content): return text.replacing(pattern, with: content)
    case .sequence(let steps): return steps.reduce(text) { $1.apply($0, continues: continues) }
    }
  }
}

extension JSONNode {
  /// `{"String": "..."}`, without the other form, `{"Regex": "..."}`.
  func literalPattern() throws(TextError) -> [UInt8] {
    if let regex = try optional("Regex") { throw regex.unsupported(try regex.string()) }
    try allow(["String", "Regex"])
    let text = try required("String", "a string").bytes()
    guard !text.isEmpty else { throw wrong("a pattern of at least one character") }
    return text
  }
}
