import CMPI
import Foundation

/// Ranks that are processes, started by mpirun or srun. Made by `Launch.connect()`.
public final class MPICommunicator: Communicator {
  /// MPI counts in `Int32`; longer messages travel as several of this many bytes, in order.
  static let longestMessage = 1 << 30

  public let rank: Int
  public let size: Int
  /// Host, start of its kernel and process namespace: containers may have a host name in common.
  public var hostName: String { Launch.hostName + Self.kernel }
  public var machineName: String { Self.boot.isEmpty ? Launch.hostName : Self.boot }
  let handle: Int32

  init(handle: Int32) throws(CommunicationError) {
    var (rank, size): (Int32, Int32) = (0, 0)
    try callMPI("MPI_Comm_rank", rank: 0) { cmpi_rank(handle, &rank) }
    try callMPI("MPI_Comm_size", rank: Int(rank)) { cmpi_size(handle, &size) }
    self.rank = Int(rank)
    self.size = Int(size)
    self.handle = handle
  }

  public func startSend(_ bytes: UnsafeRawBufferPointer, to: Int, tag: Int) throws(CommunicationError) -> Transfer {
    try check(peer: to)
    let requests = MPIRequests(peer: to, tag: tag)
    for piece in pieces(of: bytes.count) {
      var request: UnsafeMutableRawPointer?
      let start = UnsafeRawBufferPointer(rebasing: bytes[piece]).baseAddress
      try callMPI("MPI_Isend", rank: rank) {
        cmpi_start_send(start, Int32(piece.count), Int32(to), Int32(tag), handle, &request)
      }
      requests.append(request, byteCount: piece.count)
    }
    return Transfer(state: .requests(requests))
  }

  public func startReceive(
    _ bytes: UnsafeMutableRawBufferPointer, from: Int, tag: Int
  ) throws(CommunicationError) -> Transfer {
    try check(peer: from)
    let requests = MPIRequests(peer: from, tag: tag)
    for piece in pieces(of: bytes.count) {
      var request: UnsafeMutableRawPointer?
      let start = UnsafeMutableRawBufferPointer(rebasing: bytes[piece]).baseAddress
      try callMPI("MPI_Irecv", rank: rank) {
        cmpi_start_receive(start, Int32(piece.count), Int32(from), Int32(tag), handle, &request)
      }
      requests.append(request, byteCount: piece.count)
    }
    return Transfer(state: .requests(requests))
  }

  public func wait(_ transfers: [Transfer]) throws(CommunicationError) {
    // Collectives record themselves, and then this is a part of theirs.
    try FlightRecorder.shared.operation(
      "wait for \(transfers.count) messages", bytes: transfers.reduce(0) { $0 + $1.bytes }
    ) { () throws(CommunicationError) in
      let requests = Requests(transfers)
      var (index, found): (Int32, Int64) = (0, 0)
      let code = cmpi_wait_all(Int32(requests.pointers.count), requests.pointers, &index, &found)
      for owner in requests.owners { owner.removeAll() }
      try check(code, of: "MPI_Testall", requests, index: Int(index), found: Int(found))
    }
  }

  public func look(at transfers: [Transfer]) throws(CommunicationError) {
    let requests = Requests(transfers)
    var indices = [Int32](repeating: 0, count: requests.pointers.count)
    var (done, index, found): (Int32, Int32, Int64) = (0, 0, 0)
    let code = cmpi_test_some(Int32(requests.pointers.count), requests.pointers, &done, &indices, &index, &found)
    for index in indices.prefix(Int(done)) { requests.owners[Int(index)].remove(requests.pointers[Int(index)]) }
    try check(code, of: "MPI_Testsome", requests, index: Int(index), found: Int(found))
  }

  /// Processes that mpirun started end together; there is nothing to look at.
  public func checkRunning() {}

  /// Those of several messages.
  private struct Requests {
    var pointers: [UnsafeMutableRawPointer?] = []
    var byteCounts: [Int] = []
    var owners: [MPIRequests] = []

    init(_ transfers: [Transfer]) {
      for transfer in transfers {
        guard case .requests(let requests) = transfer.state else { continue }
        pointers += requests.pointers
        byteCounts += requests.byteCounts
        for _ in requests.pointers { owners.append(requests) }
      }
    }
  }

  /// `index`: of the request that `code` is about, if it is about a length; `found`: the bytes that came.
  private func check(
    _ code: Int32, of function: String, _ requests: Requests, index: Int, found: Int
  ) throws(CommunicationError) {
    if code == CMPI_WRONG_LENGTH || code == CMPI_TOO_LONG {
      let owner = requests.owners[index]
      throw .messageLength(
        rank: rank, from: owner.peer, tag: owner.tag, expected: requests.byteCounts[index],
        found: code == CMPI_WRONG_LENGTH ? found : nil)
    }
    try callMPI(function, rank: rank) { code }
  }

  public func duplicate() throws(CommunicationError) -> any Communicator {
    // MPI_Comm_dup spins until the last rank is there; our barrier sleeps.
    try barrier()
    var copy: Int32 = 0
    try callMPI("MPI_Comm_dup", rank: rank) { cmpi_duplicate(handle, &copy) }
    return try MPICommunicator(handle: copy)
  }

  public func abort(code: Int32) {
    _ = cmpi_abort(handle, code)
  }

  /// `MPI_Allreduce` of `count` floats, to compare ours with. It spins.
  func allReduceByLibrary(
    _ values: UnsafePointer<Float>, into sum: UnsafeMutablePointer<Float>, count: Int
  ) throws(CommunicationError) {
    precondition(count <= Int(Int32.max), "allReduceByLibrary: \(count)")
    let code = cmpi_allreduce_sum_float(values, sum, Int32(count), handle)
    try callMPI("MPI_Allreduce", rank: rank) { code }
  }

  private static let boot = (try? String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8)) ?? ""

  private static let kernel: String = {
    let processes = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/ns/pid")) ?? ""
    return " \(boot) \(processes)"
  }()

  /// An empty message is one piece too: it has to arrive.
  private func pieces(of byteCount: Int) -> [Range<Int>] {
    guard byteCount > Self.longestMessage else { return [0..<byteCount] }
    return stride(from: 0, to: byteCount, by: Self.longestMessage).map {
      $0..<min($0 + Self.longestMessage, byteCount)
    }
  }
}
