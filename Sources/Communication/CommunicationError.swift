/// What can go wrong between ranks. After any of these the communicator is of no further use: end the run.
public enum CommunicationError: Error, Equatable, Sendable {
  /// An MPI function failed on `rank`; `text` is what `MPI_Error_string` says.
  case mpi(function: String, rank: Int, text: String)
  /// The MPI library does not allow calls from several threads at once.
  case threadsNotSupported(library: String)
  /// A message was not as long as the buffer posted for it, in bytes; `found` is nil where it was longer, and MPI does not
  /// say how long.
  case messageLength(rank: Int, from: Int, tag: Int, expected: Int, found: Int?)
  /// A rank that does not exist was addressed.
  case noSuchRank(rank: Int, peer: Int, size: Int)
  /// An in-process rank waited for a message while rank `by` failed or aborted.
  case stopped(rank: Int, by: Int)
  /// An in-process rank called `abort(code:)`.
  case aborted(rank: Int, code: Int32)
  /// The system has no memory to share between processes.
  case noSharedMemory(rank: Int, bytes: Int)
  /// The system refused to start a thread; `code` is the `errno` value.
  case threadNotStarted(code: Int32)
}

extension CommunicationError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .mpi(let function, let rank, let text):
      "rank \(rank): \(function) failed: \(text); look at the hosts and links that mpirun names, then start again"
    case .threadsNotSupported(let library):
      "\(library) was built without MPI_THREAD_MULTIPLE; install an MPI library that has it"
    case .messageLength(let rank, let from, let tag, let expected, let found):
      "rank \(rank): message \(tag) from rank \(from) has \(found.map(String.init) ?? "more") bytes, expected \(expected); "
        + "start every rank with the same program and recipe"
    case .noSuchRank(let rank, let peer, let size):
      "rank \(rank): there is no rank \(peer) among \(size); start with more ranks"
    case .stopped(let rank, let by):
      "rank \(rank): stopped because rank \(by) failed; see the error of rank \(by)"
    case .aborted(let rank, let code):
      "rank \(rank): aborted the run with code \(code); see what it printed before"
    case .noSharedMemory(let rank, let bytes):
      "rank \(rank): the system gives no \(bytes) bytes of memory that the ranks of a host can share; "
        + "look at ulimit -n and at the memory that is left"
    case .threadNotStarted(let code):
      "cannot start a communication thread (errno \(code)); raise the limit on processes (ulimit -u)"
    }
  }
}
