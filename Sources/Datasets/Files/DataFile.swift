import Foundation

/// A data file, read by position from any thread. Unlike a mapped file, one that shrinks meanwhile gives an error and
/// not a signal, and one that is replaced stays readable as it was.
final class DataFile: Sendable {
  let path: String
  /// Bytes when it was opened.
  let count: Int
  private let descriptor: Int32

  init(path: String) throws(DatasetError) {
    self.path = path
    // Not to hang on a pipe that nobody writes to.
    descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      let code = errno
      count = 0
      throw code == ENOENT || code == ENOTDIR
        ? .missing(path: path) : .cannotRead(path: path, errno: code)
    }
    var status = stat()
    let failed = unsafe fstat(descriptor, &status) != 0
    count = Int(status.st_size)
    let kind = status.st_mode & S_IFMT
    if failed || kind != S_IFREG {
      throw .unreadable(path: path, found: kind == S_IFDIR ? "this is a directory" : "this is not a regular file")
    }
  }

  deinit {
    if descriptor >= 0 { close(descriptor) }
  }

  /// The bytes of `range`; an error if the file has become shorter.
  func bytes(_ range: Range<Int>) throws(DatasetError) -> [UInt8] {
    var code: Int32 = 0
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: range.count) { buffer, filled in
      while filled < range.count {
        let target = unsafe buffer.baseAddress.map { unsafe $0 + filled }
        let got = unsafe pread(descriptor, target, range.count - filled, off_t(range.lowerBound + filled))
        if got > 0 {
          filled += got
        } else if got == 0 || errno != EINTR {
          code = got == 0 ? 0 : errno
          return
        }
      }
    }
    if code != 0 { throw .cannotRead(path: path, errno: code) }
    if bytes.count < range.count { throw .shortened(path: path) }
    return bytes
  }

  /// Gives the whole file in pieces.
  func forEachPiece(_ body: ([UInt8]) -> Void) throws(DatasetError) {
    for start in stride(from: 0, to: count, by: 1 << 20) {
      body(try bytes(start..<min(count, start + 1 << 20)))
    }
  }
}
