/// `models.BPE` of Hugging Face's tokenizers. A piece is first written as symbols (bytes, or characters), then the
/// neighbours with the lowest rank merge, leftmost first, until no rule applies.
struct BytePairModel: Sendable {
  /// What a piece's symbols are.
  enum Symbols: Sendable { case bytes, characters }

  let tokens: TokenTable
  let symbols: Symbols
  private let merges: MergeTable
  private let idOfByte: [Int32?]
  private let fallbackIDs: [Int32]?
  private let unknownID: Int32?
  private let fusesUnknown: Bool
  private let ignoresMerges: Bool

  init(_ node: JSONNode, symbols: Symbols) throws(TextError) {
    if let type = try node.optional("type"), try type.string() != "BPE" { throw type.unsupported(try type.string()) }
    try node.allow([
      "type", "dropout", "unk_token", "continuing_subword_prefix", "end_of_word_suffix", "fuse_unk", "byte_fallback",
      "ignore_merges", "vocab", "merges",
    ])
    if let dropout = try node.optional("dropout"), case .number(let text) = dropout.value, Double(text) != 0 {
      throw dropout.unsupported(text)
    }
    for key in ["continuing_subword_prefix", "end_of_word_suffix"] {
      if let affix = try node.optional(key), try !affix.string().isEmpty { throw affix.unsupported(try affix.string()) }
    }
    self.symbols = symbols
    let tokens = try Self.tokens(try node.required("vocab", "an object of tokens"))
    self.tokens = tokens
    merges = try Self.merges(try node.required("merges", "an array"), tokens: tokens)
    idOfByte = ByteLevelAlphabet.characters.map { tokens.id($0) }
    let fallback = (0..<256).compactMap { tokens.id(Self.fallbackToken(UInt8($0))) }
    // Hugging Face falls back for a character only if all its bytes have tokens; real vocabularies have all or none.
    let fallsBack = try node.bool("byte_fallback", default: false)
    fallbackIDs = fallsBack && fallback.count == 256 ? fallback : nil
    unknownID = try node.optional("unk_token").flatMap { (token) throws(TextError) in tokens.id(try token.bytes()) }
    fusesUnknown = try node.bool("fuse_unk", default: false)
    ignoresMerges = try node.bool("ignore_merges", default: false)
  }

  /// The token of a byte that no other token covers, such as `<0x0A>`.
  static func fallbackToken(_ byte: UInt8) -> [UInt8] {
    let digits = String(byte, radix: 16, uppercase: true)
    return Array("<0x\(digits.count == 1 ? "0" : "")\(digits)>".utf8)
  }

  private static func tokens(_ node: JSONNode) throws(TextError) -> TokenTable {
    let members = try node.members()
    var table = TokenTable(capacity: members.count)
    for member in members {
      guard case .number(let text) = member.value, let id = Int32(text), (0..<TokenTable.maximumIDs).contains(id) else {
        // Made only for the complaint: an address per token would slow the reading of every vocabulary.
        let path = "\(node.path)[\"\(String(decoding: member.key, as: UTF8.self))\"]"
        throw JSONNode(value: member.value, file: node.file, path: path)
          .wrong("a token id from 0 to \(TokenTable.maximumIDs - 1)")
      }
      table.insert(member.key, id: id)
    }
    return table
  }

  private static func merges(_ node: JSONNode, tokens: TokenTable) throws(TextError) -> MergeTable {
    guard case .array(let rules) = node.value else { throw node.wrong("an array") }
    var table = MergeTable(capacity: rules.count)
    for (index, rule) in rules.enumerated() {
      let parts: [[UInt8]]
      switch rule {
      case .string(let text):
        parts = text.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false).map(Array.init)
      case .array(let pair):
        parts = pair.compactMap { if case .string(let text) = $0 { text } else { nil } }
      default: parts = []
      }
      guard parts.count == 2 else {
        throw JSONNode(value: rule, file: node.file, path: "\(node.path)[\(index)]").wrong("a pair of tokens")
      }
      var ids: [Int32] = []
      for token in [parts[0], parts[1], parts[0] + parts[1]] {
        guard let id = tokens.id(token) else {
          throw .merge(file: node.file, index: index, token: String(decoding: token, as: UTF8.self))
        }
        ids.append(id)
      }
      table.append(ids[0], ids[1], result: ids[2])
    }
    return table
  }

  /// Appends the ids of one piece of text.
  func encode(_ piece: ArraySlice<UInt8>, into out: inout [Int32]) {
    if ignoresMerges, let id = tokens.id(symbols == .bytes ? ByteLevelAlphabet.encode(piece) : Array(piece)) {
      out.append(id)
      return
    }
    let ids = initialSymbols(piece)
    out += merges.merged(ids)
  }

  private func initialSymbols(_ piece: ArraySlice<UInt8>) -> [Int32] {
    var ids: [Int32] = []
    ids.reserveCapacity(piece.count)
    var pendingUnknown = false
    func flush() { if pendingUnknown, let unknownID { ids.append(unknownID) } }
    var index = piece.startIndex
    while index < piece.endIndex {
      let start = index
      let id: Int32?
      if symbols == .bytes {
        id = idOfByte[Int(piece[index])]
        index += 1
      } else {
        repeat { index += 1 } while index < piece.endIndex && piece[index] & 0xC0 == 0x80
        id = tokens.id(Array(piece[start..<index]))
      }
      if let id {
        flush()
        pendingUnknown = false
        ids.append(id)
      } else if symbols == .characters, let fallbackIDs {
        // As in Hugging Face, an unknown that waits to be fused stays waiting here.
        ids += piece[start..<index].map { fallbackIDs[Int($0)] }
      } else if unknownID != nil {
        if !fusesUnknown { flush() }
        pendingUnknown = true
      }
    }
    flush()
    return ids
  }
}
