import Glibc

/// A file read by position. Unlike a mapped file, one that shrinks meanwhile gives an error and not a signal.
final class InputFile {
  let path: String
  let bytes: Int
  private let descriptor: Int32

  init(path: String) throws(CheckpointError) {
    self.path = path
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    if descriptor < 0 { throw .system(action: "open", path: path, errno: errno) }
    var status = stat()
    if fstat(descriptor, &status) != 0 || status.st_mode & S_IFMT != S_IFREG {
      let code = status.st_mode & S_IFMT == S_IFDIR ? EISDIR : EINVAL
      _ = close(descriptor)
      throw .system(action: "read", path: path, errno: code)
    }
    self.descriptor = descriptor
    bytes = Int(status.st_size)
  }

  deinit { _ = close(descriptor) }

  /// Lets the system drop what it keeps of the file in memory, so that reading shows what the device has. A device that
  /// is memory itself ignores it.
  func forget() { _ = posix_fadvise(descriptor, 0, 0, POSIX_FADV_DONTNEED) }

  /// Fills `buffer` from `offset`, or throws: there is no short read.
  func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws(CheckpointError) {
    var done = 0
    while done < buffer.count {
      let got = pread(descriptor, buffer.baseAddress.map { $0 + done }, buffer.count - done, off_t(offset + done))
      if got < 0 {
        if errno == EINTR { continue }
        throw .system(action: "read", path: path, errno: errno)
      }
      if got == 0 { throw .damaged(path: path, fault: .size(expected: offset + buffer.count, found: offset + done)) }
      done += got
    }
  }

  /// The whole file.
  func contents() throws(CheckpointError) -> [UInt8] { try contents(0..<bytes) }

  /// What a file that grows has from `offset` on by now.
  func contents(from offset: Int) throws(CheckpointError) -> [UInt8] {
    try contents(offset..<max(offset, try currentBytes()))
  }

  /// The size of a file that grows.
  func currentBytes() throws(CheckpointError) -> Int {
    var status = stat()
    if fstat(descriptor, &status) != 0 { throw .system(action: "read", path: path, errno: errno) }
    return Int(status.st_size)
  }

  /// The bytes of a range of the file.
  func contents(_ range: Range<Int>) throws(CheckpointError) -> [UInt8] {
    var values = [UInt8](repeating: 0, count: range.count)
    try values.withUnsafeMutableBufferPointer { (buffer) throws(CheckpointError) in
      try read(at: range.lowerBound, into: UnsafeMutableRawBufferPointer(buffer))
    }
    return values
  }
}
