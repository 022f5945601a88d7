import Glibc

extension CheckpointError {
  /// Whether the system did not give a file now, which says nothing of what is in it: too many open files, a file server
  /// that is away. A sector that cannot be read is damage.
  public var isPassing: Bool {
    guard case .system(_, _, let code) = self else { return false }
    return [EMFILE, ENFILE, ENOMEM, ESTALE, ETIMEDOUT, ENOTCONN, EHOSTDOWN, EHOSTUNREACH].contains(code)
  }
}
