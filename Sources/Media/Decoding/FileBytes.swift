import Foundation

/// A regular file, read piece by piece.
final class FileBytes: ByteSource {
  /// More than any image below the pixel limits needs.
  static let maximumBytes = 1 << 30

  let name: String
  let count: Int
  private let descriptor: Int32

  init(path: String) throws(MediaError) {
    // Not to hang on a pipe that nobody writes to.
    descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    name = path
    guard descriptor >= 0 else {
      let code = errno
      count = 0
      throw code == ENOENT || code == ENOTDIR ? .missing(path: path) : .unreadable(path: path, errno: code)
    }
    var status = stat()
    let failed = fstat(descriptor, &status) != 0
    count = failed ? 0 : Int(status.st_size)
    if failed { throw .unreadable(path: path, errno: errno) }
    guard status.st_mode & S_IFMT == S_IFREG else { throw .notAFile(path: path) }
    // Before its header is looked for: a huge file of zeros is one long walk.
    guard count <= Self.maximumBytes else {
      throw .fileTooLarge(path: path, bytes: count, limit: Self.maximumBytes)
    }
  }

  deinit {
    if descriptor >= 0 { close(descriptor) }
  }

  func bytes(at offset: Int, count: Int) throws(MediaError) -> [UInt8] {
    let wanted = min(count, max(0, self.count - offset))
    var code: Int32 = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: wanted) { buffer, filled in
      while filled < wanted {
        let got = pread(descriptor, buffer.baseAddress.map { $0 + filled }, wanted - filled, off_t(offset + filled))
        if got > 0 {
          filled += got
        } else if got == 0 {
          return
        } else if errno != EINTR {
          code = errno
          return
        }
      }
    }
    if code != 0 { throw .unreadable(path: name, errno: code) }
    return bytes
  }

  /// All of it.
  func contents() throws(MediaError) -> [UInt8] { try bytes(at: 0, count: count) }
}
