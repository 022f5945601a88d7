/// A group of ranks that exchange bytes. Two conformers: `MPICommunicator` between processes, and
/// `LocalCommunicator` between threads of one process.
///
/// Messages between the same two ranks with the same tag arrive in the order in which they were started. A message
/// and the buffer posted for it have the same length. Callers' tags lie in `0..<30_000`; the collectives use those
/// above.
public protocol Communicator: AnyObject, Sendable {
  /// This rank, in `0..<size`.
  var rank: Int { get }
  var size: Int { get }
  /// A text that is the same for two ranks only if they can share memory: they see the same processes.
  var hostName: String { get }
  /// A text that is the same for two ranks if they share processors; virtual hosts of one machine do.
  var machineName: String { get }

  /// Starts to send; `bytes` must stay as they are until the transfer was waited for.
  func startSend(_ bytes: UnsafeRawBufferPointer, to: Int, tag: Int) throws(CommunicationError) -> Transfer

  /// Starts to receive; `bytes` must not be touched until the transfer was waited for.
  func startReceive(_ bytes: UnsafeMutableRawBufferPointer, from: Int, tag: Int) throws(CommunicationError) -> Transfer

  /// Waits for all `transfers`, sleeping rather than spinning. Each transfer is waited for once, and must be.
  func wait(_ transfers: [Transfer]) throws(CommunicationError)

  /// Looks once at all of `transfers`: those that are complete say so from then on, and count as waited for. Does not wait.
  /// One look at many costs little more than one at a single message.
  func look(at transfers: [Transfer]) throws(CommunicationError)

  /// Throws if another rank has ended the run: for loops that wait for something else than a message.
  func checkRunning() throws(CommunicationError)

  /// The same ranks with a message space of their own, which another thread can use. Collective.
  func duplicate() throws(CommunicationError) -> any Communicator

  /// Ends all ranks. Under MPI this does not return and `code` becomes the exit code of mpirun; in-process ranks
  /// get an error where they wait next.
  func abort(code: Int32)
}

/// A message that was started and has to be waited for.
public struct Transfer {
  enum State {
    case complete
    case requests(MPIRequests)
    case receive(LocalReceive)
  }

  let state: State

  /// Whether it was found complete.
  public var isDone: Bool {
    switch state {
    case .complete: true
    case .requests(let requests): requests.pointers.isEmpty
    case .receive(let receive): receive.isDone
    }
  }

  /// Bytes between processes.
  var bytes: Int {
    guard case .requests(let requests) = state else { return 0 }
    return requests.byteCounts.reduce(0, +)
  }
}

extension Communicator {
  /// Refuses a peer that does not exist, in the same words for all communicators.
  func check(peer: Int) throws(CommunicationError) {
    guard (0..<size).contains(peer) else { throw .noSuchRank(rank: rank, peer: peer, size: size) }
  }
}
