import Glibc

/// A file being written so that it survives a crash: every byte is written or an error is thrown, and `sync` waits for
/// the disk. All writing of this module that must last goes through here.
public final class DurableFile {
  public let path: String
  /// Bytes written so far.
  public private(set) var bytes = 0
  private var descriptor: Int32

  /// Makes the file anew, or empties it.
  public init(path: String) throws(CheckpointError) {
    self.path = path
    descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    if descriptor < 0 { throw .system(action: "create", path: path, errno: errno) }
  }

  deinit {
    if descriptor >= 0 { _ = Glibc.close(descriptor) }
  }

  public func write(_ buffer: UnsafeRawBufferPointer) throws(CheckpointError) {
    try Self.writeAll(buffer, path: path) { rest, _ in Glibc.write(descriptor, rest.baseAddress, rest.count) }
    bytes += buffer.count
  }

  public func write(_ values: [UInt8]) throws(CheckpointError) {
    try values.withUnsafeBufferPointer { (buffer) throws(CheckpointError) in
      try write(UnsafeRawBufferPointer(buffer))
    }
  }

  /// Waits until the bytes are on the disk, and closes. Some file systems tell of a full disk only here.
  public func finish() throws(CheckpointError) {
    if fsync(descriptor) != 0 { throw .system(action: "sync", path: path, errno: errno) }
    let result = Glibc.close(descriptor)
    descriptor = -1
    if result != 0 { throw .system(action: "close", path: path, errno: errno) }
  }
}

extension DurableFile {
  /// Calls `write` with what is left, and how much is done, until all of `buffer` is written. A write may be short (a
  /// signal, a nearly full disk): the next one goes on or tells why not.
  /// - Returns: the `errno` that ended it early, or 0.
  public static func writeAll(
    _ buffer: UnsafeRawBufferPointer, _ write: (_ rest: UnsafeRawBufferPointer, _ done: Int) -> Int
  ) -> Int32 {
    var done = 0
    while done < buffer.count {
      let written = write(UnsafeRawBufferPointer(rebasing: buffer[done...]), done)
      if written >= 0 { done += written } else if errno != EINTR { return errno }
    }
    return 0
  }

  /// The same, into the file `path`.
  static func writeAll(
    _ buffer: UnsafeRawBufferPointer, path: String, _ write: (_ rest: UnsafeRawBufferPointer, _ done: Int) -> Int
  ) throws(CheckpointError) {
    let code = writeAll(buffer, write)
    if code != 0 { throw .system(action: "write", path: path, errno: code) }
  }

  /// Writes `path` all or nothing: `body` fills a file of a temporary name beside it, which then takes its place. On an
  /// error the temporary file is removed and an older file of that name stays.
  public static func replace(
    _ path: String, _ body: (DurableFile) throws(CheckpointError) -> Void
  ) throws(CheckpointError) {
    let temporary = "\(path).\(getpid()).tmp"
    do throws(CheckpointError) {
      let file = try DurableFile(path: temporary)
      try body(file)
      try file.finish()
      if rename(temporary, path) != 0 { throw CheckpointError.system(action: "rename to", path: path, errno: errno) }
    } catch {
      unlink(temporary)
      throw error
    }
    try syncDirectory(parent(of: path))
  }

  /// Writes `path` with these bytes, all or nothing.
  public static func replace(_ path: String, with bytes: [UInt8]) throws(CheckpointError) {
    try replace(path) { (file) throws(CheckpointError) in try file.write(bytes) }
  }

  /// Makes a directory and those above it that are missing.
  public static func makeDirectories(_ path: String) throws(CheckpointError) {
    var above = path.hasPrefix("/") ? "/" : ""
    for part in path.split(separator: "/") {
      above += part
      if mkdir(above, 0o755) != 0, errno != EEXIST, errno != EISDIR {
        throw .system(action: "create", path: above, errno: errno)
      }
      above += "/"
    }
    var status = stat()
    if stat(path, &status) != 0 { throw .system(action: "create", path: path, errno: errno) }
    if status.st_mode & S_IFMT != S_IFDIR { throw .system(action: "create", path: path, errno: ENOTDIR) }
  }

  /// Removes a file if it is there.
  public static func remove(_ path: String) throws(CheckpointError) {
    if unlink(path) != 0, errno != ENOENT { throw .system(action: "remove", path: path, errno: errno) }
  }

  /// Waits until the names in a directory are on the disk.
  public static func syncDirectory(_ path: String) throws(CheckpointError) {
    let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    if descriptor < 0 { throw .system(action: "sync", path: path, errno: errno) }
    defer { _ = Glibc.close(descriptor) }
    // Some network file systems cannot sync a directory and say EINVAL: their rename is as durable as it gets.
    if fsync(descriptor) != 0, errno != EINVAL { throw .system(action: "sync", path: path, errno: errno) }
  }

  static func parent(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }
}
