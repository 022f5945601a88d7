import CMPI
import Glibc
import Synchronization

/// How this process was started, and its way into MPI.
public enum Launch {
  /// A process's place among those that one launcher started.
  public struct Place: Equatable, Sendable {
    public let rank: Int
    public let size: Int
    /// The rank among the processes on the same host.
    public let localRank: Int

    public init(rank: Int, size: Int, localRank: Int) {
      self.rank = rank
      self.size = size
      self.localRank = localRank
    }
  }

  /// The place that mpirun (`OMPI_COMM_WORLD_*`) or `srun --mpi=pmix` (`PMIX_RANK`, `SLURM_*`) put into the
  /// environment; nil for a process that was started alone. MPI need not be initialised.
  public static func environmentRank() -> Place? {
    place { name in getenv(name).map { String(cString: $0) } }
  }

  /// The first three names are Open MPI's. In a batch script Slurm sets its own names too, but no `PMIX_RANK`.
  static func place(_ variable: (String) -> String?) -> Place? {
    func integers(_ names: String...) -> [Int] { names.compactMap { variable($0).flatMap { Int($0) } } }
    let openMPI = integers("OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_LOCAL_RANK")
    let slurm = integers("PMIX_RANK", "SLURM_NTASKS", "SLURM_LOCALID")
    guard let found = [openMPI, slurm].first(where: { $0.count == 3 }) else { return nil }
    return Place(rank: found[0], size: found[1], localRank: found[2])
  }

  private enum Session {
    case notStarted
    case connected(any Communicator)
    case finalized
  }

  private static let session = Mutex(Session.notStarted)

  /// All ranks: processes under mpirun or srun; a process that was started alone is the one rank, without MPI.
  /// Called again, it returns the same communicator.
  public static func connect() throws(CommunicationError) -> any Communicator {
    try session.withLock { session throws(CommunicationError) in
      switch session {
      case .connected(let communicator): return communicator
      case .finalized: preconditionFailure("Launch.connect after finalize: MPI starts once per process")
      case .notStarted:
        let communicator: any Communicator = environmentRank() == nil ? LocalCommunicator.alone() : try startMPI()
        session = .connected(communicator)
        return communicator
      }
    }
  }

  /// Leaves MPI in good order. Collective, the last call; does nothing where MPI was not started.
  public static func finalize() throws(CommunicationError) {
    try session.withLock { session throws(CommunicationError) in
      if case .connected(let communicator) = session, communicator is MPICommunicator {
        // MPI_Finalize spins until the last rank is there; our barrier sleeps.
        try communicator.barrier()
        try callMPI("MPI_Finalize", rank: communicator.rank) { cmpi_finalize() }
      }
      session = .finalized
    }
  }

  /// Open MPI asks the receiver before it sends more than 64 KB over TCP, and takes the answer only when it is looked at:
  /// pieces of `BucketSlices.pieceFloats` then take half as long again (25 MiB on two hosts at 1 Gb/s: 344 ms, and 222 ms
  /// when a piece goes out at once). Whoever sets these variables has the last word.
  private static func setMessageSizes() {
    let bytes = BucketSlices.pieceFloats * MemoryLayout<Float>.stride * 2
    for name in ["OMPI_MCA_btl_tcp_eager_limit", "OMPI_MCA_btl_tcp_max_send_size"] { setenv(name, "\(bytes)", 0) }
  }

  private static func startMPI() throws(CommunicationError) -> any Communicator {
    setMessageSizes()
    var multiple: Int32 = 0
    try callMPI("MPI_Init_thread", rank: environmentRank()?.rank ?? 0) { cmpi_initialize(&multiple) }
    guard multiple == 1 else { throw .threadsNotSupported(library: libraryVersion) }
    return try MPICommunicator(handle: Int32(CMPI_WORLD))
  }

  /// The MPI library's name and version, such as "Open MPI v4.1.4". MPI need not be initialised.
  public static var libraryVersion: String {
    let version = text { cmpi_library_version($0, $1) }
    return String(version.prefix { $0 != "," && $0 != "\n" })
  }

  /// The name of this host.
  public static var hostName: String {
    text { _ = gethostname($0, Int($1) - 1) }
  }
}
