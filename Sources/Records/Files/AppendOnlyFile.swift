import Foundation

/// A file that only grows at its end, written by one process. A write that fails half-way is taken back, so the file
/// never holds half a record in front of a whole one.
final class AppendOnlyFile {
  let path: String
  private let handle: FileHandle
  private var length: UInt64

  /// Opens or makes `path` and keeps its first `keeping` bytes (nil: all of them). The directory must exist.
  init(path: String, keeping: UInt64?) throws(RecordsError) {
    self.path = path
    do {
      if !FileManager.default.fileExists(atPath: path) {
        try Data().write(to: URL(fileURLWithPath: path), options: .withoutOverwriting)
        Self.synchronizeDirectory(of: path)
      }
      handle = try FileHandle(forUpdating: URL(fileURLWithPath: path))
      if let keeping {
        try handle.truncate(atOffset: keeping)
      }
      length = try handle.seekToEnd()
    } catch {
      throw .cannotOpen(path: path, reason: reason(of: error))
    }
  }

  deinit {
    // The data has been handed to the system at each append; what a failing close could tell is told by `flush`.
    try? handle.close()
  }

  /// Hands `bytes` to the system in one call: a reader sees them at once, a power failure may still lose them.
  func append(_ bytes: [UInt8]) throws(RecordsError) {
    do {
      try handle.write(contentsOf: Data(bytes))
      length += UInt64(bytes.count)
    } catch {
      try? handle.truncate(atOffset: length)
      _ = try? handle.seekToEnd()
      throw .cannotWrite(path: path, reason: reason(of: error))
    }
  }

  /// Returns when the data is on the device (fsync).
  func flush() throws(RecordsError) {
    do {
      try handle.synchronize()
    } catch {
      throw .cannotWrite(path: path, reason: reason(of: error))
    }
  }

  /// Makes the name of a new file durable too. Some network file systems refuse this for directories and need it not.
  private static func synchronizeDirectory(of path: String) {
    let directory = URL(fileURLWithPath: path).deletingLastPathComponent()
    let handle = try? FileHandle(forReadingFrom: directory)
    try? handle?.synchronize()
    try? handle?.close()
  }
}

/// The system's own sentence for an error, where Foundation has wrapped it ("No space left on device").
func reason(of error: any Error) -> String {
  if let posix = error as? POSIXError {
    return unsafe String(cString: strerror(posix.code.rawValue))
  }
  let wrapped = error as NSError
  if let inner = wrapped.userInfo[NSUnderlyingErrorKey] as? any Error {
    return reason(of: inner)
  }
  if wrapped.domain == NSPOSIXErrorDomain {
    return unsafe String(cString: strerror(Int32(truncatingIfNeeded: wrapped.code)))
  }
  return wrapped.localizedDescription
}
