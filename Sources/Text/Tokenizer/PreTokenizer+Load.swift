extension PreTokenizer {
  /// GPT-2's pattern, which the ByteLevel step has built in.
  static let gpt2Pattern = #"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#

  init(_ node: JSONNode) throws(TextError) {
    let type = try node.required("type", "a pre-tokenizer's name")
    switch try type.string() {
    case "ByteLevel":
      try node.allow(["type", "add_prefix_space", "trim_offsets", "use_regex"])
      self = .byteLevel(
        addsPrefixSpace: try node.bool("add_prefix_space", default: true),
        pattern: try node.bool("use_regex", default: true) ? try Pattern(Self.gpt2Pattern) : nil)
    case "Split":
      try node.allow(["type", "pattern", "behavior", "invert"])
      let name = try node.required("behavior", "a behavior's name")
      guard let behavior = Behavior(rawValue: try name.string()) else { throw name.unsupported(try name.string()) }
      self = .split(
        try Self.pattern(try node.required("pattern", "a pattern")), behavior,
        isInverted: try node.bool("invert", default: false))
    case "Digits":
      try node.allow(["type", "individual_digits"])
      self = .digits(individual: try node.bool("individual_digits", default: false))
    case "Metaspace": self = try Self.metaspace(node)
    case "Sequence":
      try node.allow(["type", "pretokenizers"])
      var steps: [PreTokenizer] = []
      for step in try node.required("pretokenizers", "an array").elements() { steps.append(try PreTokenizer(step)) }
      self = .sequence(steps)
    case let other: throw type.unsupported(other)
    }
  }

  private static func pattern(_ node: JSONNode) throws(TextError) -> Pattern {
    if let regex = try node.optional("Regex") {
      try node.allow(["Regex"])
      return try Pattern(try regex.string())
    }
    let literal = String(decoding: try node.literalPattern(), as: UTF8.self)
    let special = "\\^$.|?*+()[]{}".unicodeScalars
    return try Pattern(literal.unicodeScalars.map { special.contains($0) ? "\\\($0)" : "\($0)" }.joined())
  }

  private static func metaspace(_ node: JSONNode) throws(TextError) -> PreTokenizer {
    let (replacement, scheme) = try node.metaspaceSettings()
    return .metaspace(
      replacement: replacement, scheme, splits: try node.bool("split", default: true))
  }
}

extension JSONNode {
  /// The settings that the Metaspace pre-tokenizer and decoder share; `add_prefix_space` is their older form.
  func metaspaceSettings() throws(TextError) -> (replacement: [UInt8], scheme: PreTokenizer.PrependScheme) {
    try allow(["type", "replacement", "prepend_scheme", "add_prefix_space", "split", "str_rep"])
    let replacement = try required("replacement", "one character")
    guard try replacement.string().unicodeScalars.count == 1 else { throw replacement.wrong("one character") }
    var scheme = PreTokenizer.PrependScheme.always
    if let name = try optional("prepend_scheme") {
      guard let known = PreTokenizer.PrependScheme(rawValue: try name.string()) else {
        throw name.unsupported(try name.string())
      }
      scheme = known
    } else if try !bool("add_prefix_space", default: true) {
      scheme = .never
    }
    return (try replacement.bytes(), scheme)
  }
}
