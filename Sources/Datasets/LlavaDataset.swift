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

/// LLaVA conversation data: a JSON array or one object per line, each with `id`, `image` and `conversations`.
/// Entries are read and parsed when they are asked for, so a file of any size costs little memory.
public struct LlavaDataset: Sendable {
  public let name: String
  public let path: String
  private let imageDirectory: String
  private let file: DataFile
  private let entries: [EntryScanner.Entry]
  /// What is to be said of the file as a whole, though its samples can be used.
  public private(set) var warning: DatasetWarning?

  /// Indexes the file. Pictures are looked up in `imageDirectory`, or beside the file.
  public init(name: String, path: String, imageDirectory: String?, limit: Int? = nil) throws(DatasetError) {
    self.name = name
    self.path = path
    self.imageDirectory = imageDirectory ?? URL(fileURLWithPath: path).deletingLastPathComponent().path
    file = try DataFile(path: path)
    var scanner = EntryScanner()
    try file.forEachPiece { scanner.feed($0) }
    let all = scanner.finish()
    if let fault = try Self.fault(all, objects: scanner.objects, in: file) {
      throw .unreadable(path: path, found: fault)
    }
    entries = limit.map { Array(all.prefix($0)) } ?? all
    warning = cutOff()
  }

  /// A download that broke off, and was not noticed: the file ends within its last entry, or its array has no end.
  /// Not if `limit` leaves that entry out.
  private func cutOff() -> DatasetWarning? {
    guard let last = entries.last, last.damage != .behindEnd, last.range.upperBound == file.count,
      (try? fields(last)) == nil
    else { return nil }
    return .cutOff(path: path, line: last.line, samples: entries.count - 1)
  }

  public var count: Int { entries.count }

  /// Size of the file.
  public var bytes: Int { file.count }

  /// The entry number `index`; the error names line and id.
  public func sample(_ index: Int) throws(DatasetError) -> Sample {
    let entry = entries[index]
    let fields = try fields(entry)
    let id = Self.identifier(fields["id"]) ?? "line \(entry.line)"
    func refuse(_ reason: String) -> DatasetError { .entry(path: path, line: entry.line, id: id, reason: reason) }
    // Trained as text it would teach answers to a question about nothing.
    if Self.isGiven(fields["video"]) { throw refuse("it has a \"video\", and videos are not supported yet") }
    var messages = try Self.messages(fields["conversations"], refuse)
    let images = try imagePaths(fields["image"], refuse)
    let marks = messages.reduce(0) { $0 + $1.imageCount }
    if marks == 0, !images.isEmpty, let first = messages.firstIndex(where: { $0.role == .user }) {
      // LLaVA's own rule: pictures that no text mentions stand before the first question.
      let front = String(repeating: ChatMessage.imageMark + "\n", count: images.count)
      messages[first].text = front + messages[first].text
    } else if marks != images.count {
      throw refuse("\(marks) <image> marks in the questions but \(images.count) images")
    }
    // LLaVA's rules, too: an answer to no question is left out, and a question's only picture stands before its words.
    let first = messages.firstIndex { $0.role == .user } ?? messages.count
    messages =
      Array(messages[..<first].filter { $0.role == .system }) + messages[first...].map { $0.withPictureInFront }
    guard messages.contains(where: { $0.role == .assistant }) else { throw refuse("no question (human) has an answer") }
    return Sample(id: id, line: entry.line, images: images, messages: messages)
  }

  private static func messages(
    _ value: Any?, _ refuse: (String) -> DatasetError
  ) throws(DatasetError) -> [ChatMessage] {
    guard let turns = value as? [Any], !turns.isEmpty else { throw refuse("\"conversations\" is missing or empty") }
    var messages: [ChatMessage] = []
    for (number, turn) in turns.enumerated() {
      guard let turn = turn as? [String: Any], let from = turn["from"] as? String, let value = turn["value"] as? String
      else { throw refuse("turn \(number) lacks \"from\" or \"value\", which are texts") }
      guard let role = roles[from] else {
        throw refuse("turn \(number) is from \"\(from)\"; known are human, gpt, system")
      }
      if role == .user, value.contains(videoMark) {
        throw refuse("turn \(number) has a \(videoMark) mark, and videos are not supported yet")
      }
      messages.append(ChatMessage(role: role, text: value))
    }
    guard messages.contains(where: { $0.role == .assistant }) else { throw refuse("no turn is an answer (gpt)") }
    return messages
  }

  private static let roles: [String: ChatMessage.Role] = [
    "human": .user, "user": .user, "gpt": .assistant, "assistant": .assistant, "system": .system,
  ]

  /// Where a video stands in the text of a user.
  private static let videoMark = "<video>"

  /// Whether a field names anything.
  private static func isGiven(_ value: Any?) -> Bool {
    switch value {
    case nil, is NSNull: false
    case let text as String: !text.isEmpty
    case let list as [Any]: !list.isEmpty
    default: true
    }
  }

  private static func identifier(_ value: Any?) -> String? {
    (value as? String) ?? (value as? NSNumber)?.stringValue
  }

  private func imagePaths(
    _ value: Any?, _ refuse: (String) -> DatasetError
  ) throws(DatasetError) -> [String] {
    let names: [String]
    switch value {
    case nil, is NSNull: names = []
    case let name as String: names = name.isEmpty ? [] : [name]
    case let list as [String]: names = list
    default: throw refuse("\"image\" is neither a path nor a list of paths")
    }
    if names.contains("") { throw refuse("\"image\" lists an empty path") }
    return names.map { $0.hasPrefix("/") ? $0 : imageDirectory + "/" + $0 }
  }
}

extension LlavaDataset {
  /// No sample of any data set comes near it; a file that is something else may have such lines.
  private static let largestEntry = 1 << 28

  private func fields(_ entry: EntryScanner.Entry) throws(DatasetError) -> [String: Any] {
    func refuse(_ reason: String) -> DatasetError { .entry(path: path, line: entry.line, id: nil, reason: reason) }
    if entry.damage == .behindEnd { throw refuse("the file goes on behind the end of its array") }
    guard entry.range.count <= Self.largestEntry else { throw refuse("the entry has \(entry.range.count) bytes") }
    var text = try file.bytes(entry.range)
    if let fields = Self.object(text) { return fields }
    guard entry.damage != nil else { throw refuse("not a JSON object") }
    // A guessed end: the comma, or at the very end the array's bracket, may be part of it.
    for _ in 0..<2 {
      while let last = text.last, EntryScanner.isSpace(last) { text.removeLast() }
      if text.last == UInt8(ascii: ",") || text.last == UInt8(ascii: "]") { text.removeLast() }
      if let fields = Self.object(text) { return fields }
    }
    let cutOff = "the file ends here, before its array does; it was cut off"
    throw refuse(entry.damage == .cutOff ? cutOff : "a bracket or quote is missing")
  }

  private static func object(_ text: [UInt8]) -> [String: Any]? {
    if let fields = try? JSONSerialization.jsonObject(with: Data(text)) as? [String: Any] { return fields }
    // Python's NaN stands in fields that nobody reads.
    return PythonLiterals.replaced(text).flatMap {
      try? JSONSerialization.jsonObject(with: Data($0)) as? [String: Any]
    }
  }

  /// Why a file is no data at all, however many entries it seems to have.
  private static func fault(
    _ entries: [EntryScanner.Entry], objects: Int, in file: DataFile
  ) throws(DatasetError) -> String? {
    guard let first = entries.first else { return file.count == 0 ? "the file is empty" : "the file has no entries" }
    let start = try file.bytes(first.range.lowerBound..<min(first.range.upperBound, first.range.lowerBound + 40))
    if start.first == UInt8(ascii: "<") { return "this is an HTML page, not data" }
    if first.damage == nil, start == [UInt8(ascii: "{")] || start == Array("{\r".utf8) {
      return "this is a single JSON object over many lines"
    }
    guard objects == 0 else { return nil }
    let shown = String(decoding: start, as: UTF8.self).unicodeScalars.map { $0.value < 32 ? "?" : String($0) }.joined()
    return "no entry is a JSON object, the first begins with \"\(shown)\""
  }
}
