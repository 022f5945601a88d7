import Foundation

/// Which tokens begin, end and pad: written beside `tokenizer.json`, in one of four files.
public struct NamedTokens: Sendable, Equatable {
  /// A token, as a file names it.
  public enum Reference: Sendable, Equatable {
    case text(String)
    case id(Int32)
  }

  /// Candidates, the most trusted first; those that the vocabulary lacks are passed over.
  public var bos: [Reference] = []
  public var eos: [Reference] = []
  public var pad: [Reference] = []

  public init() {}

  /// Reads the files of a checkpoint directory that are there: `tokenizer_config.json` and `special_tokens_map.json`
  /// name the tokens' text, `generation_config.json` and `config.json` their ids.
  public init(directory: String) throws(TextError) {
    for name in ["tokenizer_config.json", "special_tokens_map.json"] {
      guard let root = try Files.json(directory, name) else { continue }
      bos += try Self.texts(root, "bos_token")
      eos += try Self.texts(root, "eos_token")
      pad += try Self.texts(root, "pad_token")
    }
    for name in ["generation_config.json", "config.json"] {
      guard let root = try Files.json(directory, name) else { continue }
      for node in [root, try root.optional("text_config")].compactMap({ $0 }) {
        bos += try Self.ids(node, "bos_token_id")
        eos += try Self.ids(node, "eos_token_id")
        pad += try Self.ids(node, "pad_token_id")
      }
    }
  }

  /// `"</s>"` or `{"content": "</s>", ...}`.
  private static func texts(_ root: JSONNode, _ key: String) throws(TextError) -> [Reference] {
    guard let node = try root.optional(key) else { return [] }
    if case .object = node.value { return [.text(try node.required("content", "a string").string())] }
    return [.text(try node.string())]
  }

  /// `2` or `[128001, 128009]`. Negative ids mean that there is none.
  private static func ids(_ root: JSONNode, _ key: String) throws(TextError) -> [Reference] {
    guard let node = try root.optional(key) else { return [] }
    var nodes = [node]
    if case .array = node.value { nodes = try node.elements() }
    var found: [Reference] = []
    for node in nodes { if let id = Int32(exactly: try node.integer()), id >= 0 { found.append(.id(id)) } }
    return found
  }
}

/// Reading of small text files.
public enum Files {
  static func bytes(_ path: String) throws(TextError) -> [UInt8] {
    guard let data = FileManager.default.contents(atPath: path) else { throw .unreadable(path: path) }
    return [UInt8](data)
  }

  public static func isDirectory(_ path: String) -> Bool {
    // Follows links, as model directories in caches often are some.
    var isDirectory = ObjCBool(false)
    return unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) && isDirectory.boolValue
  }

  static func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

  static func join(_ directory: String, _ name: String) -> String {
    directory.isEmpty ? name : directory.hasSuffix("/") ? directory + name : "\(directory)/\(name)"
  }

  static func json(_ directory: String, _ name: String) throws(TextError) -> JSONNode? {
    let path = join(directory, name)
    return exists(path) ? try JSONNode(try bytes(path), file: path) : nil
  }
}

extension Tokenizer {
  /// The file that a tokenizer is read from: `path`, or the `tokenizer.json` in it.
  public static func file(at path: String) -> String {
    Files.isDirectory(path) ? Files.join(path, "tokenizer.json") : path
  }

  /// Reads a tokenizer from a `tokenizer.json`, or from the directory that holds one; the files beside it tell the
  /// beginning, end and padding tokens.
  /// - Throws: `TextError`, for a file that is missing, malformed, or asks for what is not supported.
  public convenience init(path: String) throws(TextError) {
    let file = Self.file(at: path)
    let directory = file.contains("/") ? String(file[..<(file.lastIndex(of: "/") ?? file.startIndex)]) + "/" : ""
    try self.init(json: try Files.bytes(file), file: file, named: try NamedTokens(directory: directory))
  }
}
