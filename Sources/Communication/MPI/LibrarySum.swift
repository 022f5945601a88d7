import CMPI
import Glibc

/// `MPI_Allreduce` of floats by one of the library's algorithms, for comparison only: its order of additions, and so the
/// bits of its sums, depend on the number of ranks. It spins.
public struct LibrarySum: Sendable {
  public let name: String
  private let communicator: MPICommunicator

  /// Open MPI's numbers (`coll_tuned_allreduce_algorithm`).
  private static let algorithms = [
    "default", "linear", "reduce_broadcast", "recursive_doubling", "ring", "segmented_ring", "rabenseifner",
  ]

  /// To be called before `Launch.connect`: Open MPI reads at its start whether algorithms can be chosen at all.
  public static func prepare() { setenv("OMPI_MCA_coll_tuned_use_dynamic_rules", "1", 0) }

  /// Collective. One by each algorithm; none where the ranks are threads.
  static func all(_ communicator: any Communicator) throws(CommunicationError) -> [LibrarySum] {
    guard communicator is MPICommunicator else { return [] }
    var sums: [LibrarySum] = []
    for (number, name) in algorithms.enumerated() {
      guard cmpi_pin_allreduce(Int32(number)) == 0 else { break }
      if let copy = try communicator.duplicate() as? MPICommunicator {
        sums.append(LibrarySum(name: name, communicator: copy))
      }
    }
    return sums
  }

  /// Collective. The sum of `values` over the ranks; `count`: at most 2^31 - 1.
  public func callAsFunction(
    _ values: UnsafePointer<Float>, into sum: UnsafeMutablePointer<Float>, count: Int
  ) throws(CommunicationError) {
    try communicator.allReduceByLibrary(values, into: sum, count: count)
  }
}
