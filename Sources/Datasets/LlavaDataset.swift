import Foundation
import Text

/// One entry of a data set: pictures and a conversation about them.
public struct Sample: Sendable, Equatable {
  public let id: String
  /// Line of the file where the entry begins.
  public let line: Int
  /// Paths of its pictures, in the order of the `<image>` marks.
  public let images: [String]
  public let messages: [ChatMessage]
}

/// LLaVA conversation data: a JSON array or one object per line, each with `id`, `image` and `conversations`
/// (training.md, R1). Entries are parsed when they are asked for.
public struct LlavaDataset: Sendable {
  public let name: String
  public let path: String
  private let imageDirectory: String
  private let bytes: Data
  private let entries: [EntryScanner.Entry]

  /// Indexes the file. Pictures are looked up in `imageDirectory`, or beside the file.
  public init(name: String, path: String, imageDirectory: String?, limit: Int? = nil) throws(DatasetError) {
    self.name = name
    self.path = path
    self.imageDirectory = imageDirectory ?? URL(fileURLWithPath: path).deletingLastPathComponent().path
    guard FileManager.default.fileExists(atPath: path) else { throw .missing(path: path) }
    do {
      bytes = try Data(contentsOf: URL(fileURLWithPath: path), options: .mappedIfSafe)
    } catch {
      throw .unreadable(path: path, found: "the file cannot be read")
    }
    let all = EntryScanner.entries([UInt8](bytes))
    guard let first = all.first else { throw .unreadable(path: path, found: "the file has no entries") }
    if bytes[first.range.lowerBound] == UInt8(ascii: "<") {
      throw .unreadable(path: path, found: "this is an HTML page, not data")
    }
    entries = limit.map { Array(all.prefix($0)) } ?? all
  }

  public var count: Int { entries.count }

  /// The entry number `index`; the error names line and id.
  public func sample(_ index: Int) throws(DatasetError) -> Sample {
    let entry = entries[index]
    func refuse(_ id: String?, _ reason: String) -> DatasetError {
      .entry(path: path, line: entry.line, id: id, reason: reason)
    }
    // Python writes NaN, which is no JSON; it stands in fields nobody reads.
    let text = bytes.subdata(in: entry.range)
    guard
      let object = (try? JSONSerialization.jsonObject(with: text)) ?? (try? JSONSerialization.jsonObject(with: repaired(text))),
      let fields = object as? [String: Any]
    else { throw refuse(nil, "not a JSON object") }
    let id = Self.identifier(fields["id"]) ?? "line \(entry.line)"
    guard let turns = fields["conversations"] as? [Any], !turns.isEmpty else {
      throw refuse(id, "\"conversations\" is missing or empty")
    }
    var messages: [ChatMessage] = []
    for (number, turn) in turns.enumerated() {
      guard let turn = turn as? [String: Any], let from = turn["from"] as? String,
        let value = turn["value"] as? String
      else { throw refuse(id, "turn \(number) lacks \"from\" or \"value\"") }
      guard let role = Self.roles[from] else {
        throw refuse(id, "turn \(number) is from \"\(from)\"; known are human, gpt, system")
      }
      messages.append(ChatMessage(role: role, text: value))
    }
    guard messages.contains(where: { $0.role == .assistant }) else { throw refuse(id, "no turn is an answer (gpt)") }
    let images = try imagePaths(fields["image"]) { refuse(id, $0) }
    let marks = messages.reduce(0) { $0 + $1.text.components(separatedBy: ChatMessage.imageMark).count - 1 }
    if marks == 0, !images.isEmpty, let first = messages.firstIndex(where: { $0.role == .user }) {
      // LLaVA's own rule: pictures that no text mentions stand before the first question.
      let front = String(repeating: ChatMessage.imageMark + "\n", count: images.count)
      messages[first].text = front + messages[first].text
    } else if marks != images.count {
      throw refuse(id, "\(marks) <image> marks but \(images.count) images")
    }
    return Sample(id: id, line: entry.line, images: images, messages: messages)
  }

  private static let roles: [String: ChatMessage.Role] = [
    "human": .user, "user": .user, "gpt": .assistant, "assistant": .assistant, "system": .system,
  ]

  private static func identifier(_ value: Any?) -> String? {
    (value as? String) ?? (value as? NSNumber)?.stringValue
  }

  private func imagePaths(_ value: Any?, refuse: (String) -> DatasetError) throws(DatasetError) -> [String] {
    let names: [String]
    switch value {
    case nil, is NSNull: names = []
    case let name as String: names = name.isEmpty ? [] : [name]
    case let list as [String]: names = list
    default: throw refuse("\"image\" is neither a path nor a list of paths")
    }
    return names.map { $0.hasPrefix("/") ? $0 : imageDirectory + "/" + $0 }
  }

  private func repaired(_ text: Data) -> Data {
    Data(String(decoding: text, as: UTF8.self).replacingOccurrences(of: ": NaN", with: ": null").utf8)
  }
}
