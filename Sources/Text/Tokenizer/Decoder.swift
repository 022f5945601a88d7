/// How tokens become text again: `decoders` of Hugging Face's tokenizers.
indirect enum Decoder: Sendable {
  case byteLevel
  case byteFallback
  case fuse
  case replace([UInt8], [UInt8])
  case strip([UInt8], start: Int, stop: Int)
  case metaspace([UInt8], PreTokenizer.PrependScheme)
  case sequence([Decoder])

  init(_ node: JSONNode) throws(TextError) {
    let type = try node.required("type", "a decoder's name")
    switch try type.string() {
    case "ByteLevel":
      try node.allow(["type", "add_prefix_space", "trim_offsets", "use_regex"])
      self = .byteLevel
    case "ByteFallback":
      try node.allow(["type"])
      self = .byteFallback
    case "Fuse":
      try node.allow(["type"])
      self = .fuse
    case "Replace":
      try node.allow(["type", "pattern", "content"])
      self = .replace(
        try node.required("pattern", "a pattern").literalPattern(),
        try node.required("content", "a string").bytes())
    case "Strip":
      try node.allow(["type", "content", "start", "stop"])
      let content = try node.required("content", "one character")
      guard try content.string().unicodeScalars.count == 1 else { throw content.wrong("one character") }
      self = .strip(
        try content.bytes(), start: try node.required("start", "a whole number").integer(),
        stop: try node.required("stop", "a whole number").integer())
    case "Metaspace":
      let (replacement, scheme) = try node.metaspaceSettings()
      self = .metaspace(replacement, scheme)
    case "Sequence":
      try node.allow(["type", "decoders"])
      var steps: [Decoder] = []
      for step in try node.required("decoders", "an array").elements() { steps.append(try Decoder(step)) }
      self = .sequence(steps)
    case let other: throw type.unsupported(other)
    }
  }

  /// The parts of the text that the tokens stand for. They may hold incomplete UTF-8, which is repaired at the end.
  func apply(_ tokens: [[UInt8]]) -> [[UInt8]] {
    switch self {
    case .byteLevel: return [tokens.flatMap { ByteLevelAlphabet.decode($0) ?? $0 }]
    case .byteFallback: return Self.joinedBytes(tokens)
    case .fuse: return [Array(tokens.joined())]
    case .replace(let pattern, let content): return tokens.map { $0.replacing(pattern, with: content) }
    case .strip(let content, let start, let stop): return tokens.map { Self.stripped($0, content, start, stop) }
    case .metaspace(let mark, let scheme):
      return tokens.enumerated().map { index, token in
        token.replacing(mark, with: index == 0 && scheme != .never ? [] : [0x20])
      }
    case .sequence(let steps): return steps.reduce(tokens) { $1.apply($0) }
    }
  }

  /// The byte of a token such as `<0x0A>`.
  static func fallbackByte(_ token: [UInt8]) -> UInt8? {
    guard token.count == 6, token.starts(with: "<0x".utf8), token[5] == UInt8(ascii: ">") else { return nil }
    return UInt8(String(decoding: token[3..<5], as: UTF8.self), radix: 16)
  }

  /// Runs of byte tokens become text; every byte of a run that is not UTF-8 becomes a replacement character.
  private static func joinedBytes(_ tokens: [[UInt8]]) -> [[UInt8]] {
    var out: [[UInt8]] = []
    var run: [UInt8] = []
    func flush() {
      if run.isEmpty { return }
      if String(validating: run, as: UTF8.self) != nil {
        out.append(run)
      } else {
        out += Array(repeating: Array("\u{FFFD}".utf8), count: run.count)
      }
      run = []
    }
    for token in tokens {
      if let byte = fallbackByte(token) {
        run.append(byte)
      } else {
        flush()
        out.append(token)
      }
    }
    flush()
    return out
  }

  private static func stripped(_ token: [UInt8], _ content: [UInt8], _ start: Int, _ stop: Int) -> [UInt8] {
    var rest = token[...]
    var count = 0
    while count < start, rest.starts(with: content) {
      rest = rest.dropFirst(content.count)
      count += 1
    }
    count = 0
    while count < stop, rest.count >= content.count, rest.suffix(content.count).elementsEqual(content) {
      rest = rest.dropLast(content.count)
      count += 1
    }
    return Array(rest)
  }
}
