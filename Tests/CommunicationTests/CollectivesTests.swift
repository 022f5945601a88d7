import Testing

@testable import Communication

@Suite struct CollectivesTests {
  @Test(arguments: 1...8)
  func `broadcast brings bytes and length from every root`(ranks: Int) throws {
    try LocalCommunicator.run(ranks: ranks) { communicator throws in
      for root in 0..<ranks {
        let sent = (0..<root * 5).map { UInt8($0 + root) }
        var bytes = communicator.rank == root ? sent : [9, 9, 9]
        try communicator.broadcast(&bytes, from: root)
        try claim(bytes == sent)
      }
    }
  }

  @Test(arguments: 1...8)
  func `gather and allGather keep rank order and lengths`(ranks: Int) throws {
    let expected = (0..<ranks).map { [UInt8](repeating: UInt8($0), count: $0 * 3) }
    try LocalCommunicator.run(ranks: ranks) { communicator throws in
      let own = expected[communicator.rank]
      for root in 0..<ranks {
        try claim(communicator.gather(own, to: root) == (communicator.rank == root ? expected : []))
      }
      try claim(communicator.allGather(own) == expected)
    }
  }

  @Test(arguments: 1...8)
  func `sums are added in rank order on every rank`(ranks: Int) throws {
    let parts = (0..<ranks).map { [0.1 * Double($0 + 1), $0 == 0 ? 1e16 : 1.0, -0.0] }
    let expected = (0..<3).map { column in parts.dropFirst().reduce(parts[0][column]) { $0 + $1[column] } }
    try LocalCommunicator.run(ranks: ranks) { communicator throws in
      var values = parts[communicator.rank]
      try communicator.allReduceSum(&values)
      try claim(values.map(\.bitPattern) == expected.map(\.bitPattern))
      var integers: [Int64] = [Int64(communicator.rank), -1, .max / Int64(ranks)]
      try communicator.allReduceSum(&integers)
      try claim(integers == [Int64(ranks * (ranks - 1) / 2), Int64(-ranks), .max / Int64(ranks) * Int64(ranks)])
      var none: [Double] = []
      try communicator.allReduceSum(&none)
      try claim(none.isEmpty)
    }
  }

  @Test(arguments: 1...8)
  func `all agree on the largest value`(ranks: Int) throws {
    try LocalCommunicator.run(ranks: ranks) { communicator throws in
      for loudest in 0..<ranks {
        try claim(communicator.allAgree(max: communicator.rank == loudest ? 3 : -2) == 3)
      }
      try claim(communicator.allAgree(max: -5 - communicator.rank) == -5)
    }
  }

  @Test(arguments: 2...8)
  func `no rank leaves a barrier before the last one has come`(ranks: Int) throws {
    let arrived = ConditionVariable()
    nonisolated(unsafe) var count = 0  // guarded by `arrived`
    try LocalCommunicator.run(ranks: ranks) { communicator throws in
      for round in 1...20 {
        arrived.withLock { count += 1 }
        try communicator.barrier()
        try arrived.withLock { try claim(count >= round * ranks) }
        try communicator.barrier()
      }
    }
  }

  @Test func `ranks with different counts of values are told so`() {
    #expect(throws: CommunicationError.messageLength(rank: 0, from: 1, tag: 30_002, expected: 8, found: 16)) {
      try LocalCommunicator.run(ranks: 2) { communicator in
        var values = [Double](repeating: 1, count: communicator.rank + 1)
        try communicator.allReduceSum(&values)
      }
    }
  }
}
