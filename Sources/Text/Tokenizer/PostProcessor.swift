/// What a single text gets in front and behind when special tokens are asked for: `TemplateProcessing` of Hugging
/// Face's tokenizers. `ByteLevel` only moves offsets, which are not kept here.
struct PostProcessor: Sendable {
  private(set) var prefix: [Int32] = []
  private(set) var suffix: [Int32] = []

  init() {}

  init(_ node: JSONNode) throws(TextError) {
    let type = try node.required("type", "a post-processor's name")
    switch try type.string() {
    case "ByteLevel": try node.allow(["type", "add_prefix_space", "trim_offsets", "use_regex"])
    case "TemplateProcessing":
      try node.allow(["type", "single", "pair", "special_tokens"])
      try readTemplate(node)
    case "Sequence":
      try node.allow(["type", "processors"])
      for step in try node.required("processors", "an array").elements() {
        let inner = try PostProcessor(step)
        prefix = inner.prefix + prefix
        suffix += inner.suffix
      }
    case let other: throw type.unsupported(other)
    }
  }

  private mutating func readTemplate(_ node: JSONNode) throws(TextError) {
    let special = try node.required("special_tokens", "an object")
    var isBehind = false
    for piece in try node.required("single", "an array").elements() {
      try piece.allow(["Sequence", "SpecialToken"])
      if let token = try piece.optional("SpecialToken") {
        let name = try token.required("id", "a special token's name").string()
        for id in try special.required(name, "a special token").required("ids", "an array").elements() {
          if isBehind { suffix.append(try id.tokenID()) } else { prefix.append(try id.tokenID()) }
        }
      } else if isBehind {
        throw piece.unsupported("a second text")
      } else {
        isBehind = true
      }
    }
    guard isBehind else { throw try node.required("single", "an array").wrong("a template with the text in it") }
  }
}
