import Glibc
import Testing

@testable import Communication

/// Runs a step: the leaves' values go into the buffer bucket by bucket, in an order that differs between ranks.
func runStep(
  _ reducer: GradientReducer, _ leaves: AwkwardLeaves, count: Int, boundaries: [Int], rank: Int
) throws -> [UInt32] {
  let buckets = zip(boundaries, boundaries.dropFirst()).map { min($0, $1)..<max($0, $1) }
  reducer.begin(leaves: count)
  for leaf in reducer.ownLeaves {
    let buffer = reducer.leafBuffer
    // Assigned below, since 0 + -0.0 would lose the sign of a zero.
    try claim(buffer.allSatisfy { $0.bitPattern == 0 }, "the buffer of leaf \(leaf) of \(count) is zero")
    for turn in buckets.indices {
      let bucket = rank % 2 == 0 ? turn : buckets.count - 1 - turn
      for index in buckets[bucket] { buffer[index] = leaves.values[leaf][index] }
      // Some buckets are left to finishLeaf.
      if (bucket + rank) % 3 != 0 { reducer.markReady(bucket: bucket) }
    }
    try reducer.finishLeaf()
  }
  return bits(try reducer.wait())
}

@Suite struct GradientReducerTests {
  @Test(arguments: [
    (1, [0, 1]), (7, [7, 6, 2, 2, 0]), (1000, [0, 1, 400, 999, 1000]),
  ])
  func `the sum has the bits of the recursive tree for every number of leaves and ranks`(
    floatCount: Int, boundaries: [Int]
  ) throws {
    let leaves = AwkwardLeaves(leaves: 24, floatCount: floatCount)
    let expected = (1...24).map { bits(leaves.recursiveSum(leaves: $0)) }
    for hosts in Self.hosts {
      let ranks = hosts.count
      try LocalCommunicator.run(ranks: ranks, hosts: hosts) { communicator in
        // One reducer for all steps: buffers and plans of the step before must leave no trace.
        let reducer = try GradientReducer(
          communicator: communicator, floatCount: floatCount, bucketBoundaries: boundaries, leaves: 1)
        for count in 1...24 {
          let sum = try runStep(
            reducer, leaves, count: count, boundaries: boundaries, rank: communicator.rank)
          try claim(sum == expected[count - 1], "\(count) leaves, rank \(communicator.rank) of \(hosts)")
        }
      }
    }
  }

  /// For every number of ranks: one host, a host for each, and ranks and hosts all mixed up.
  private static let hosts: [[Int]] =
    (1...8).flatMap { ranks in [Array(repeating: 0, count: ranks), Array(0..<ranks)] } + [
      [0, 0, 1], [0, 1, 0], [0, 0, 1, 1], [0, 1, 0, 1], [1, 0, 0, 0, 0], [0, 1, 2, 0, 1, 2], [0, 0, 0, 0, 1, 1, 2, 2],
      [0, 1, 0, 1, 0, 1, 0, 1], [2, 2, 1, 0, 0, 0, 1],
    ]

  @Test(arguments: [[0, 1], [0, 0, 1], [0, 1, 2], [0, 1, 0, 1], [3, 1, 2, 0], [0, 0, 0]])
  func `buckets too long to be exchanged whole have the bits of the tree as well`(hosts: [Int]) throws {
    let boundaries = [0, 66_000, 66_100, 72_000]
    let leaves = AwkwardLeaves(leaves: 12, floatCount: 72_000)
    let expected = [5, 12].map { bits(leaves.recursiveSum(leaves: $0)) }
    try LocalCommunicator.run(ranks: hosts.count, hosts: hosts) { communicator in
      for overlaps in [true, false] {
        let reducer = try GradientReducer(
          communicator: communicator, floatCount: 72_000, bucketBoundaries: boundaries, leaves: 5, overlaps: overlaps)
        for (count, expected) in zip([5, 12, 5], expected + expected) {
          let sum = try runStep(reducer, leaves, count: count, boundaries: boundaries, rank: communicator.rank)
          try claim(sum == expected, "\(count) leaves, rank \(communicator.rank) of \(hosts)")
        }
      }
    }
  }

  @Test func `the leaves are such that another order of additions gives other bits`() {
    let leaves = AwkwardLeaves(leaves: 24, floatCount: 1000)
    var inOrder = leaves.values[0]
    for leaf in leaves.values.dropFirst() { inOrder = zip(inOrder, leaf).map { $0 + $1 } }
    #expect(bits(inOrder) != bits(leaves.recursiveSum(leaves: 24)))
  }

  @Test func `slices longer than a piece are summed piece by piece`() throws {
    let floatCount = 12 * BucketSlices.pieceFloats + 3
    try LocalCommunicator.run(ranks: 2, hosts: [0, 1]) { communicator in
      let reducer = try GradientReducer(
        communicator: communicator, floatCount: floatCount, bucketBoundaries: [0, floatCount], leaves: 2)
      reducer.begin(leaves: 2)
      for leaf in reducer.ownLeaves {
        reducer.leafBuffer.update(repeating: Float(leaf) + 1)
        reducer.leafBuffer[floatCount - 1] = 0.5
        try reducer.finishLeaf()
      }
      let sum = try reducer.wait()
      try claim(sum.count == floatCount)
      try claim(sum.dropLast().allSatisfy { $0 == 3 } && sum[floatCount - 1] == 1)
      // One slice of partial sums to the other host, and one of sums.
      try claim(reducer.bytesSent.distance(to: floatCount * 4).magnitude <= 64)
    }
  }

  @Test func `a bucket is summed while later ones are still being written`() throws {
    try LocalCommunicator.run(ranks: 2) { communicator in
      let reducer = try GradientReducer(
        communicator: communicator, floatCount: 20, bucketBoundaries: [20, 10, 0], leaves: 2)
      reducer.begin(leaves: 2)
      for index in 10..<20 { reducer.leafBuffer[index] = 1 }
      reducer.markReady(bucket: 0)
      // The barrier is a wait that the thread has to survive; the rest of the leaf comes after it.
      try communicator.barrier()
      for index in 0..<10 { reducer.leafBuffer[index] = 2 }
      try reducer.finishLeaf()
      try claim(Array(try reducer.wait()) == [Float](repeating: 4, count: 10) + [Float](repeating: 2, count: 10))
    }
  }

  @Test(arguments: [[0, 0], [0, 1]])
  func `while a rank keeps a bucket back, every rank's flight recorder tells which one it waits for`(
    hosts: [Int]
  ) throws {
    try LocalCommunicator.run(ranks: 2, hosts: hosts) { communicator in
      let recorder = FlightRecorder()
      let reducer = try GradientReducer(
        communicator: communicator, floatCount: 256, bucketBoundaries: [256, 192, 128, 64, 0], leaves: 2,
        recorder: recorder)
      for step in 1...2 {
        reducer.begin(leaves: 2)
        let given = communicator.rank == 0 ? 4 : step
        for bucket in 0..<given { reducer.markReady(bucket: bucket) }
        // Until it stands still.
        let stuck = BucketProgress.Counts(
          all: 4, folded: given, started: min(4, step + (hosts == [0, 0] ? 1 : BucketRound.window)), finished: step)
        for _ in 0..<40_000 where recorder.operations.last?.buckets != stuck { usleep(500) }
        try claim(recorder.position.operation.contains("of 4 buckets \(given) folded, "))
        try communicator.barrier()
        try claim(recorder.operations.last?.buckets == stuck)
        try communicator.barrier()
        try reducer.finishLeaf()
        _ = try reducer.wait()
        let whole = BucketProgress.Counts(all: 4, folded: 4, started: 4, finished: 4)
        try claim(recorder.operations.last?.buckets == whole && recorder.operations.count == step)
      }
    }
  }

  @Test func `alone, the sum is the buffer of the leaf itself and nothing is sent`() throws {
    let reducer = try GradientReducer(
      communicator: LocalCommunicator.alone(), floatCount: 3, bucketBoundaries: [0, 3], leaves: 1)
    reducer.begin(leaves: 1)
    let leaf = reducer.leafBuffer
    leaf.update(repeating: 5)
    try reducer.finishLeaf()
    let sum = try reducer.wait()
    #expect(sum.baseAddress == leaf.baseAddress && Array(sum) == [5, 5, 5])
    #expect(reducer.bytesSent == 0 && reducer.waitedSeconds == 0)
  }

  @Test func `a leaf buffer is zero before every leaf`() throws {
    let reducer = try GradientReducer(
      communicator: LocalCommunicator.alone(), floatCount: 4, bucketBoundaries: [0, 4], leaves: 5)
    for _ in 0..<2 {
      reducer.begin(leaves: 5)
      for _ in reducer.ownLeaves {
        #expect(reducer.leafBuffer.allSatisfy { $0.bitPattern == 0 })
        reducer.leafBuffer.update(repeating: 1)
        try reducer.finishLeaf()
      }
      #expect(Array(try reducer.wait()) == [5, 5, 5, 5])
    }
  }

  @Test(arguments: [[0, 1, 2, 3], [0, 0, 1, 1, 2, 2, 3, 3], [0, 1, 2, 3, 0, 1, 2, 3], [0, 0, 0, 0]])
  func `aligned leaves cost each host no more bytes than a ring of hosts, whatever the order of ranks`(
    hosts: [Int]
  ) throws {
    let (floatCount, count) = (40_000, Set(hosts).count)
    try LocalCommunicator.run(ranks: hosts.count, hosts: hosts) { communicator in
      let reducer = try GradientReducer(
        communicator: communicator, floatCount: floatCount, bucketBoundaries: [0, floatCount], leaves: 16)
      _ = try runStep(
        reducer, AwkwardLeaves(leaves: 16, floatCount: floatCount), count: 16, boundaries: [0, floatCount],
        rank: communicator.rank)
      var sent = [Int64](repeating: 0, count: count)
      sent[hosts[communicator.rank]] = Int64(reducer.bytesSent)
      try communicator.allReduceSum(&sent)
      let ring = Double(2 * (count - 1) * floatCount * 4) / Double(count)
      for host in sent { try claim(abs(Double(host) - ring) <= 0.01 * ring, "\(sent), a ring \(ring)") }
    }
  }

  @Test func `ranks of one host read the sum from the same memory`() throws {
    try LocalCommunicator.run(ranks: 3, hosts: [0, 1, 0]) { communicator in
      let reducer = try GradientReducer(
        communicator: communicator, floatCount: 5, bucketBoundaries: [0, 5], leaves: 3, overlaps: false)
      reducer.begin(leaves: 3)
      reducer.leafBuffer.update(repeating: 1)
      try reducer.finishLeaf()
      let sum = try reducer.wait()
      try claim(Array(sum) == [3, 3, 3, 3, 3])
      try communicator.barrier()
      if communicator.rank == 2 { sum[4] = 7 }
      try communicator.barrier()
      try claim(sum[4] == (communicator.rank == 1 ? 3 : 7), "rank \(communicator.rank)")
    }
  }

  @Test func `a rank that fails makes the wait of the others throw`() {
    let waits = ConditionVariable()
    nonisolated(unsafe) var errors: [CommunicationError] = []  // guarded by `waits`
    let run = { () throws -> Void in
      try LocalCommunicator.run(ranks: 3) { communicator in
        let reducer = try GradientReducer(
          communicator: communicator, floatCount: 10, bucketBoundaries: [0, 10], leaves: 3)
        // All have a reducer when rank 2 fails, though one may still wait here.
        if communicator.rank < 2 { try communicator.send([], to: [2], tag: 1) }
        if communicator.rank == 2 {
          for rank in 0..<2 { _ = try communicator.receive(byteCount: 0, from: rank, tag: 1) }
          throw Broken()
        }
        reducer.begin(leaves: 3)
        try reducer.finishLeaf()
        do throws(CommunicationError) {
          _ = try reducer.wait()
        } catch {
          waits.withLock { errors.append(error) }
        }
      }
    }
    #expect(throws: Broken()) { try run() }
    #expect(errors.count == 2)
    for rank in 0..<2 { #expect(errors.contains(.stopped(rank: rank, by: 2))) }
  }

  private struct Broken: Error, Equatable {}
}
