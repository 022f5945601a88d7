import Foundation
import Testing

@testable import Text

/// The files that `Golden/make_golden.py` wrote.
enum Golden {
  struct Expected: Decodable {
    let ids: [String]
    let withSpecial: [Int32]
    let literal: [Literal]
    let decoded: [Decoded]
    let chats: [Chat]
    let template: String
  }

  /// `[text, ids]`
  struct Literal: Decodable {
    let text: String
    let ids: [Int32]

    init(from decoder: any Swift.Decoder) throws {
      var list = try decoder.unkeyedContainer()
      text = try list.decode(String.self)
      ids = try list.decode([Int32].self)
    }
  }

  /// `[ids, text without special tokens, text with them]`
  struct Decoded: Decodable {
    let ids: [Int32]
    let skipping: String
    let keeping: String

    init(from decoder: any Swift.Decoder) throws {
      var list = try decoder.unkeyedContainer()
      ids = try list.decode([Int32].self)
      skipping = try list.decode(String.self)
      keeping = try list.decode(String.self)
    }
  }

  struct Chat: Decodable {
    let messages: [[String]]
    let ids: [Int32]
    let prompt: [Int32]

    var turns: [ChatMessage] {
      messages.compactMap { turn in ChatMessage.Role(rawValue: turn[0]).map { ChatMessage(role: $0, text: turn[1]) } }
    }
  }

  static let families = ["smollm2", "qwen2", "llama3", "llama2", "metaspace"]
  static let chatFamilies = ["smollm2", "qwen2", "llama3"]

  static func url(_ name: String) throws -> URL {
    try #require(Bundle.module.url(forResource: "Golden/\(name)", withExtension: nil))
  }

  static func bytes(_ name: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: url(name))) }

  static func strings() throws -> [String] {
    try JSONDecoder().decode([String].self, from: Data(contentsOf: url("strings.json")))
  }

  static func expected(_ family: String) throws -> Expected {
    try JSONDecoder().decode(Expected.self, from: Data(contentsOf: url("\(family).expected.json")))
  }

  static func tokenizer(_ family: String) throws -> Tokenizer {
    try Tokenizer(path: url("\(family).json").path)
  }
}
