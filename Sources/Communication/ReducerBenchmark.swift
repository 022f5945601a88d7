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
  /// `MPI_Allreduce` by each of its algorithms; empty where the ranks are threads.
  public let libraries: [LibrarySum]

  /// `MPI_Allreduce` counts floats in `Int32`.
  public static let mostBytes = Int(Int32.max) * MemoryLayout<Float>.stride

  /// Collective. After `LibrarySum.prepare` and `Launch.connect`.
  public init(_ communicator: any Communicator) throws(CommunicationError) {
    self.communicator = communicator
    libraries = try LibrarySum.all(communicator)
  }

  /// Collective. `bucketFloats`: how long the buckets are in which training sums. `wire`: of ours; the library knows fp32
  /// alone.
  public func callAsFunction(
    bytes: Int, bucketFloats: Int, repeats: Int, wire: GradientWire = .fp32
  ) throws(CommunicationError) -> AllReduceTimes {
    precondition(
      (4...Self.mostBytes).contains(bytes) && bucketFloats > 0 && repeats > 0,
      "AllReduceBenchmark: \(bytes) bytes, \(repeats) repeats")
    let count = bytes / MemoryLayout<Float>.stride
    let reducer = try GradientReducer(
      communicator: communicator, floatCount: count,
      bucketBoundaries: Array(stride(from: 0, to: count, by: bucketFloats)) + [count], leaves: communicator.size,
      overlaps: false, wire: wire)
    let values = [Float](repeating: Float(communicator.rank) + 0.1, count: libraries.isEmpty ? 0 : count)
    var sum = values
    let clock = ContinuousClock()
    var slowest = [[Double]](repeating: [], count: libraries.count + 1)
    // In turns, so that what else the machine does meets all of them. One round more than `repeats`: the first one, which
    // touches new memory, does not count.
    for _ in 0...repeats {
      for contender in slowest.indices {
        if contender == 0 {
          reducer.begin(leaves: communicator.size)
          reducer.leafBuffer.update(repeating: Float(communicator.rank) + 0.1)
        }
        try start()
        let began = clock.now
        if contender == 0 {
          try reducer.finishLeaf()
          _ = try reducer.wait()
        } else {
          try libraries[contender - 1](values, into: &sum, count: count)
        }
        let nanoseconds = Int(clock.seconds(since: began) * 1e9)
        slowest[contender].append(Double(try communicator.allAgree(max: nanoseconds)) / 1e9)
      }
    }
    let medians = slowest.map { $0.dropFirst().sorted()[repeats / 2] }
    return AllReduceTimes(
      ranks: communicator.size, hosts: reducer.hostCount, bytes: count * MemoryLayout<Float>.stride, ours: medians[0],
      library: Dictionary(zip(libraries.map(\.name), medians.dropFirst())) { first, _ in first })
  }

  /// A barrier. Our own one sleeps, and lets ranks go up to 0.2 ms apart, longer than short sums take.
  private func start() throws(CommunicationError) {
    try communicator.barrier()
    var sum: Float = 0
    try libraries.first?([0], into: &sum, count: 1)
  }
}
