import Foundation

/// Whose fault it is that a file cannot be read.
public enum FileFault {
  /// Whether an `errno` says something about the file, and would tomorrow: it is not there, it is no file, it is not ours
  /// to read. All others are about the moment: too many open files, a disk or a network file system that fails.
  public static func isOfFile(_ errno: Int32) -> Bool {
    [ENOENT, ENOTDIR, EISDIR, EACCES, EPERM, ELOOP, ENAMETOOLONG, ENXIO, ENODEV].contains(errno)
  }
}

extension MediaError {
  /// Whether the image may be well and the system is at fault.
  public var isOfSystem: Bool {
    switch self {
    case .unreadable(_, let errno): !FileFault.isOfFile(errno)
    case .outOfMemory: true
    default: false
    }
  }
}
