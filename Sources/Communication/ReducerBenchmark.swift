/// Median seconds of one sum over the ranks, the slowest rank counting each time.
public struct ReductionTimes: Equatable, Sendable {
  public let ours: Double
  /// `MPI_Allreduce` as the library chooses it; nil where the ranks are threads.
  public let library: Double?
}

/// Times `GradientReducer`, one leaf per rank, and `MPI_Allreduce` on a gradient of `bytes` bytes. Collective.
public func measureAllReduce(
  communicator: any Communicator, bytes: Int, repeats: Int
) throws(CommunicationError) -> ReductionTimes {
  precondition(bytes >= 4 && repeats > 0, "measureAllReduce: \(bytes) bytes, \(repeats) repeats")
  let count = bytes / MemoryLayout<Float>.stride
  let reducer = try GradientReducer(
    communicator: communicator, floatCount: count, bucketBoundaries: [0, count], leaves: communicator.size)
  let ours = try median(of: repeats, communicator) { () throws(CommunicationError) in
    reducer.begin(leaves: communicator.size)
    reducer.leafBuffer.update(repeating: Float(communicator.rank) + 0.1)
    try communicator.barrier()
  } timed: { () throws(CommunicationError) in
    reducer.finishLeaf()
    _ = try reducer.wait()
  }
  guard let mpi = communicator as? MPICommunicator else { return ReductionTimes(ours: ours, library: nil) }
  let values = [Float](repeating: Float(communicator.rank) + 0.1, count: count)
  var sum = [Float](repeating: 0, count: count)
  let library = try median(of: repeats, communicator) { () throws(CommunicationError) in
    try communicator.barrier()
  } timed: { () throws(CommunicationError) in
    try mpi.allReduceByLibrary(values, into: &sum)
  }
  return ReductionTimes(ours: ours, library: library)
}

/// One run more than `repeats` is made; the first one, which touches new memory, does not count.
private func median(
  of repeats: Int, _ communicator: any Communicator, prepare: () throws(CommunicationError) -> Void,
  timed: () throws(CommunicationError) -> Void
) throws(CommunicationError) -> Double {
  let clock = ContinuousClock()
  var slowest: [Double] = []
  for _ in 0...repeats {
    try prepare()
    let start = clock.now
    try timed()
    let nanoseconds = Int(clock.seconds(since: start) * 1e9)
    slowest.append(Double(try communicator.allAgree(max: nanoseconds)) / 1e9)
  }
  return slowest.dropFirst().sorted()[repeats / 2]
}
