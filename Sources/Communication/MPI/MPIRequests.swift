import CMPI

/// The pieces of one message under way, as the C shim knows them.
/// Unchecked because one thread alone uses it.
final class MPIRequests: @unchecked Sendable {
  let peer: Int
  let tag: Int
  /// Of the pieces that are not complete; the shim has released those that are.
  private(set) var pointers: [UnsafeMutableRawPointer?] = []
  private(set) var byteCounts: [Int] = []

  init(peer: Int, tag: Int) {
    self.peer = peer
    self.tag = tag
  }

  func append(_ pointer: UnsafeMutableRawPointer?, byteCount: Int) {
    pointers.append(pointer)
    byteCounts.append(byteCount)
  }

  func removeAll() { (pointers, byteCounts) = ([], []) }

  func remove(_ pointer: UnsafeMutableRawPointer?) {
    guard let index = pointers.firstIndex(of: pointer) else { return }
    pointers.remove(at: index)
    byteCounts.remove(at: index)
  }
}

/// Runs one MPI function and turns its error code into an error that names function and rank.
func callMPI(_ function: String, rank: Int, _ call: () -> Int32) throws(CommunicationError) {
  let code = call()
  guard code != 0 else { return }
  throw .mpi(function: function, rank: rank, text: text { cmpi_error_text(code, $0, $1) })
}

/// A string that a C function writes into a buffer of given capacity.
func text(_ fill: (UnsafeMutablePointer<CChar>, Int32) -> Void) -> String {
  var characters = [CChar](repeating: 0, count: 1024)
  characters.withUnsafeMutableBufferPointer { buffer in
    guard let start = buffer.baseAddress else { return }
    fill(start, Int32(buffer.count))
  }
  return String(decoding: characters.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
}
