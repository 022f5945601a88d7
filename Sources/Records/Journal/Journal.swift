import Foundation

/// `journal.jsonl`: every decision of the coordinator with its reason. It is never cut: a resumed run adds to it.
public final class Journal {
  private let file: AppendOnlyFile
  private let now: () -> Date

  /// Opens or makes the file; a last line that was only half written is cut off.
  public init(path: String, now: @escaping () -> Date = { Date() }) throws(RecordsError) {
    var kept: UInt64 = 0
    if FileManager.default.fileExists(atPath: path) {
      var reader = try LineReader(path: path)
      while let line = try reader.next(), line.isComplete {
        kept = line.offset + UInt64(line.bytes.count) + 1
      }
    }
    file = try AppendOnlyFile(path: path, keeping: kept)
    self.now = now
  }

  /// Adds a line and returns when it is on the device: decisions are rare and must outlive a crash.
  /// - Parameter step: the last step that was done, 0 before the first one.
  public func append(
    event: JournalEvent, stage: String?, step: Int, reason: String, details: [String: JournalValue] = [:]
  ) throws(RecordsError) {
    let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
    let entry = JournalEntry(
      time: now().formatted(style), event: event, stage: stage, step: step, reason: reason, details: details)
    try file.append(Array((entry.jsonLine + "\n").utf8))
    try file.flush()
  }

  /// All entries; a last line that was only half written is passed over.
  public static func read(path: String) throws(RecordsError) -> [JournalEntry] {
    var reader = try LineReader(path: path)
    var result: [JournalEntry] = []
    while let line = try reader.next(), line.isComplete {
      result.append(try decodeLine(JournalEntry.self, line, path: path))
    }
    return result
  }
}
