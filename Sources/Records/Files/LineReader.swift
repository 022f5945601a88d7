import Foundation

/// Reads a file line by line in constant memory.
struct LineReader: ~Copyable {
  struct Line {
    /// Without the line feed.
    var bytes: Data
    /// Counted from 1.
    var number: Int
    /// Where the line starts in the file, in bytes.
    var offset: UInt64
    /// False for a last line without its line feed: the writer was killed in the middle of it.
    var isComplete: Bool
  }

  /// No line this program writes comes near it.
  static let limit = 1 << 24

  private let path: String
  private let handle: FileHandle
  private var buffer = Data()
  private var position = 0
  private var offset: UInt64 = 0
  private var number = 0
  private var atEnd = false

  init(path: String) throws(RecordsError) {
    self.path = path
    do {
      handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
    } catch {
      throw .cannotOpen(path: path, reason: reason(of: error))
    }
  }

  deinit {
    try? handle.close()
  }

  /// The next line, or nil at the end of the file.
  mutating func next() throws(RecordsError) -> Line? {
    // Where the search for the line feed goes on: what has been searched is not searched again.
    var searched = position
    while true {
      if let end = buffer[searched...].firstIndex(of: UInt8(ascii: "\n")) {
        return take(upTo: end, isComplete: true)
      }
      searched = buffer.endIndex
      if atEnd {
        return position < buffer.endIndex ? take(upTo: buffer.endIndex, isComplete: false) : nil
      }
      guard buffer.endIndex - position <= Self.limit else {
        throw .lineTooLong(path: path, line: number + 1, limit: Self.limit)
      }
      let pending = buffer.endIndex - position
      buffer = Data(buffer[position...])
      position = 0
      searched = pending
      try fill()
    }
  }

  private mutating func take(upTo end: Int, isComplete: Bool) -> Line {
    number += 1
    let line = Line(bytes: Data(buffer[position..<end]), number: number, offset: offset, isComplete: isComplete)
    offset += UInt64(end - position + (isComplete ? 1 : 0))
    position = min(end + 1, buffer.endIndex)
    return line
  }

  private mutating func fill() throws(RecordsError) {
    do {
      let chunk = try handle.read(upToCount: 1 << 16) ?? Data()
      atEnd = chunk.isEmpty
      buffer.append(chunk)
    } catch {
      throw .cannotRead(path: path, reason: reason(of: error))
    }
  }
}
