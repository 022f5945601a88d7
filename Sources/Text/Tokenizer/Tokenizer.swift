/// A byte-pair tokenizer as Hugging Face's `tokenizer.json` describes it; token ids equal those of their library.
///
/// Byte-level models (GPT-2, SmolLM2, Qwen2, Llama 3) and byte-fallback ones (Llama 2, Vicuna) are covered. What the
/// file asks for and is not known here is an error when it is read, never a difference in the ids. The file's
/// `truncation` and `padding` are left to the caller. Immutable, so it may be used from any thread.
public final class Tokenizer: Sendable {
  /// The file, kept so that it can be written again as it was.
  let source: [UInt8]
  let file: String
  let normalizer: Normalizer?
  let preTokenizer: PreTokenizer?
  let model: BytePairModel
  let postProcessor: PostProcessor
  let decoder: Decoder?
  let added: AddedVocabulary
  let named: NamedTokens

  /// Reads a tokenizer from the text of a `tokenizer.json`.
  /// - Parameters:
  ///   - json: The file's bytes.
  ///   - file: The name that errors give.
  ///   - named: The beginning, end and padding tokens, which that file does not tell.
  /// - Throws: `TextError`, for anything that is malformed or not supported.
  public init(json: [UInt8], file: String = "tokenizer.json", named: NamedTokens = NamedTokens()) throws(TextError) {
    let root = try JSONNode(json, file: file)
    try root.allow([
      "version", "truncation", "padding", "added_tokens", "normalizer", "pre_tokenizer", "post_processor", "decoder",
      "model",
    ])
    source = json
    self.file = file
    self.named = named
    normalizer = try root.optional("normalizer").map { (node) throws(TextError) in try Normalizer(node) }
    preTokenizer = try root.optional("pre_tokenizer").map { (node) throws(TextError) in try PreTokenizer(node) }
    postProcessor =
      try root.optional("post_processor").map { (node) throws(TextError) in try PostProcessor(node) }
      ?? PostProcessor()
    decoder = try root.optional("decoder").map { (node) throws(TextError) in try Decoder(node) }
    model = try BytePairModel(
      try root.required("model", "a BPE model"), symbols: preTokenizer?.isByteLevel == true ? .bytes : .characters)
    var tokens: [AddedToken] = []
    for node in try root.optional("added_tokens")?.elements() ?? [] { tokens.append(try AddedToken(node)) }
    added = AddedVocabulary(tokens, normalizer: normalizer)
  }

  /// The same tokenizer with other added tokens.
  init(_ other: Tokenizer, added tokens: [AddedToken]) {
    source = other.source
    file = other.file
    normalizer = other.normalizer
    preTokenizer = other.preTokenizer
    model = other.model
    postProcessor = other.postProcessor
    decoder = other.decoder
    named = other.named
    added = AddedVocabulary(tokens, normalizer: other.normalizer)
  }

  /// The largest id + 1: the least number of rows that an embedding needs.
  public var vocabularySize: Int {
    max(model.tokens.idLimit, (added.tokens.map { Int($0.id) }.max() ?? -1) + 1)
  }

  /// The token that begins a text, if the model has one.
  public var bosToken: Int32? { resolve(named.bos).first }

  /// The token that ends a text or an answer, if the model names one.
  public var eosToken: Int32? { resolve(named.eos).first }

  /// Every token that ends an answer: `generation_config.json` may list several.
  public var eosTokens: [Int32] { resolve(named.eos) }

  /// The token that fills up batches, if the model names one.
  public var padToken: Int32? { resolve(named.pad).first }

  private func resolve(_ references: [NamedTokens.Reference]) -> [Int32] {
    var ids: [Int32] = []
    for reference in references {
      let id =
        switch reference {
        case .text(let text): id(of: text)
        case .id(let id): token(id) == nil ? nil : id
        }
      if let id, !ids.contains(id) { ids.append(id) }
    }
    return ids
  }

  /// The id of a token as the vocabulary writes it (byte-level: `Ġhello`).
  public func id(of token: String) -> Int32? {
    let bytes = Array(token.utf8)
    return added.id(bytes) ?? model.tokens.id(bytes)
  }

  /// The token of an id as the vocabulary writes it; nil where the vocabulary has a hole.
  public func token(_ id: Int32) -> String? { tokenBytes(id).map { String(decoding: $0, as: UTF8.self) } }

  func tokenBytes(_ id: Int32) -> [UInt8]? { added.content(id) ?? model.tokens.token(id) }
}
