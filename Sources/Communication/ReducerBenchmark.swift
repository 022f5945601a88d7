import CMPI
import Glibc

/// Median seconds of one sum over the ranks, the slowest rank counting each time.
public struct AllReduceTimes: Equatable, Sendable, Encodable {
  public let ranks: Int
  public let hosts: Int
  public let bytes: Int
  public let ours: Double
  /// `MPI_Allreduce` by each of its algorithms; empty where the ranks are threads.
  public let library: [String: Double]

  /// The fastest algorithm of the library.
  public var best: (name: String, seconds: Double)? {
    library.min { $0.value < $1.value }.map { (name: $0.key, seconds: $0.value) }
  }
}

/// Times `GradientReducer`, one leaf per rank and all of it exposed, beside `MPI_Allreduce` in one run.
public struct AllReduceBenchmark {
  private let communicator: any Communicator
  private let libraries: [(name: String, communicator: MPICommunicator)]

  /// Open MPI's numbers (`coll_tuned_allreduce_algorithm`).
  private static let algorithms = [
    "default", "linear", "reduce_broadcast", "recursive_doubling", "ring", "segmented_ring", "rabenseifner",
  ]

  /// To be called before `Launch.connect`: Open MPI reads at its start whether algorithms can be chosen at all.
  public static func prepare() { setenv("OMPI_MCA_coll_tuned_use_dynamic_rules", "1", 0) }

  /// Collective.
  public init(_ communicator: any Communicator) throws(CommunicationError) {
    self.communicator = communicator
    var libraries: [(String, MPICommunicator)] = []
    if communicator is MPICommunicator {
      for (number, name) in Self.algorithms.enumerated() {
        guard cmpi_pin_allreduce(Int32(number)) == 0 else { break }
        if let copy = try communicator.duplicate() as? MPICommunicator { libraries.append((name, copy)) }
      }
    }
    self.libraries = libraries
  }

  /// Collective. `bucketFloats`: how long the buckets are in which training sums.
  public func callAsFunction(
    bytes: Int, bucketFloats: Int, repeats: Int
  ) throws(CommunicationError) -> AllReduceTimes {
    precondition(
      bytes >= 4 && bucketFloats > 0 && repeats > 0, "AllReduceBenchmark: \(bytes) bytes, \(repeats) repeats")
    let count = bytes / MemoryLayout<Float>.stride
    let reducer = try GradientReducer(
      communicator: communicator, floatCount: count,
      bucketBoundaries: Array(stride(from: 0, to: count, by: bucketFloats)) + [count], leaves: communicator.size,
      overlaps: false)
    let ours = try median(of: repeats) { () throws(CommunicationError) in
      reducer.begin(leaves: communicator.size)
      reducer.leafBuffer.update(repeating: Float(communicator.rank) + 0.1)
    } timed: { () throws(CommunicationError) in
      reducer.finishLeaf()
      _ = try reducer.wait()
    }
    var times: [String: Double] = [:]
    if !libraries.isEmpty {
      let values = [Float](repeating: Float(communicator.rank) + 0.1, count: count)
      var sum = [Float](repeating: 0, count: count)
      for (name, copy) in libraries {
        times[name] = try median(of: repeats) {
        } timed: { () throws(CommunicationError) in
          try copy.allReduceByLibrary(values, into: &sum)
        }
      }
    }
    return AllReduceTimes(
      ranks: communicator.size, hosts: reducer.hostCount, bytes: count * MemoryLayout<Float>.stride, ours: ours,
      library: times)
  }

  /// One run more than `repeats` is made; the first one, which touches new memory, does not count.
  private func median(
    of repeats: Int, prepare: () throws(CommunicationError) -> Void, timed: () throws(CommunicationError) -> Void
  ) throws(CommunicationError) -> Double {
    let clock = ContinuousClock()
    var slowest: [Double] = []
    for _ in 0...repeats {
      try prepare()
      try communicator.barrier()
      let start = clock.now
      try timed()
      let nanoseconds = Int(clock.seconds(since: start) * 1e9)
      slowest.append(Double(try communicator.allAgree(max: nanoseconds)) / 1e9)
    }
    return slowest.dropFirst().sorted()[repeats / 2]
  }
}
