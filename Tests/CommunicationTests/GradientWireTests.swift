import Testing

@testable import Communication

@Suite struct GradientWireTests {
  /// Ranks and hosts mixed up, hosts of different sizes, a host without leaves.
  private static let hosts: [[Int]] = [
    [0, 1], [0, 0, 1], [0, 1, 0], [0, 1, 2], [0, 0, 1, 1], [0, 1, 0, 1], [0, 1, 2, 0, 1, 2], [0, 1, 2, 3, 4],
    [2, 2, 1, 0, 0],
  ]
  private static let boundaries = [0, 1, 400, 999, 1000]

  /// The sum over `count` leaves as every rank has it; a claim that all have the same bits.
  private static func sums(hosts: [Int], leaves: AwkwardLeaves, counts: [Int]) throws -> [[UInt32]] {
    nonisolated(unsafe) var sums: [[UInt32]] = []  // rank 0 alone appends
    try LocalCommunicator.run(ranks: hosts.count, hosts: hosts) { communicator in
      let reducer = try GradientReducer(
        communicator: communicator, floatCount: 1000, bucketBoundaries: boundaries, leaves: 1, wire: .bf16)
      for count in counts {
        let sum = try runStep(reducer, leaves, count: count, boundaries: boundaries, rank: communicator.rank)
        let all = try communicator.allGather(sum.flatMap { word in withUnsafeBytes(of: word) { Array($0) } })
        try claim(Set(all).count == 1, "\(count) leaves on \(hosts) have one sum")
        if communicator.rank == 0 { sums.append(sum) }
      }
    }
    return sums
  }

  @Test(arguments: hosts)
  func `in bf16 all ranks have the same bits, near those of fp32`(hosts: [Int]) throws {
    let leaves = AwkwardLeaves(leaves: 12, floatCount: 1000)
    let sums = try Self.sums(hosts: hosts, leaves: leaves, counts: Array(1...12))
    try #require(sums.count == 12)
    for count in 1...12 {
      let exact = leaves.recursiveSum(leaves: count)
      var rounded = 0
      for index in 0..<1000 {
        let magnitude = leaves.values[..<count].reduce(0) { $0 + abs($1[index]) }
        let sum = Float(bitPattern: sums[count - 1][index])
        // Half a unit of 8 bits, which is 1/256 at most, for each partial sum, and once more for the sum.
        #expect(abs(sum - exact[index]) <= magnitude / 127, "\(count) leaves on \(hosts)")
        #expect(sum.bitPattern & 0xFFFF == 0, "what travelled is what stays")
        if sum != exact[index] { rounded += 1 }
      }
      #expect(rounded > 500)
    }
  }

  @Test func `the bits do not depend on the ranks per host`() throws {
    let leaves = AwkwardLeaves(leaves: 8, floatCount: 1000)
    let one = try Self.sums(hosts: [0, 1], leaves: leaves, counts: [8, 4])
    #expect(try Self.sums(hosts: [0, 0, 1, 1], leaves: leaves, counts: [8, 4]) == one)
    #expect(try Self.sums(hosts: [0, 1, 0, 1], leaves: leaves, counts: [8, 4]) == one)
  }

  @Test func `on one host nothing is rounded`() throws {
    let leaves = AwkwardLeaves(leaves: 5, floatCount: 1000)
    #expect(try Self.sums(hosts: [0, 0], leaves: leaves, counts: [5]) == [bits(leaves.recursiveSum(leaves: 5))])
  }

  @Test(arguments: [[0, 1], [0, 1, 2], [0, 0, 1, 1]])
  func `numbers that bf16 has are summed exactly, in half the bytes`(hosts: [Int]) throws {
    let floatCount = 2 * BucketSlices.pieceFloats + 7
    try LocalCommunicator.run(ranks: hosts.count, hosts: hosts) { communicator in
      var sent: [Int64] = []
      for wire in GradientWire.allCases {
        let reducer = try GradientReducer(
          communicator: communicator, floatCount: floatCount, bucketBoundaries: [0, floatCount], leaves: hosts.count,
          wire: wire)
        reducer.begin(leaves: hosts.count)
        for index in 0..<floatCount { reducer.leafBuffer[index] = Float(index % 32) - Float(communicator.rank) }
        try reducer.finishLeaf()
        let sum = try reducer.wait()
        let ranks = (0..<hosts.count).reduce(0, +)
        let isExact = sum.enumerated().allSatisfy { $1 == Float($0 % 32 * hosts.count - ranks) }
        try claim(isExact, "\(wire) on \(hosts)")
        sent.append(Int64(reducer.bytesSent))
      }
      try communicator.allReduceSum(&sent)
      let share = Double(sent[1]) / Double(sent[0])
      try claim(abs(share - 0.5) < 0.005, "\(sent) bytes")
    }
  }

  @Test func `rounding is to nearest, ties to even, and keeps what is not finite`() {
    let cases: [(UInt32, UInt16)] = [
      (0x3F80_0000, 0x3F80), (0x3F80_7FFF, 0x3F80), (0x3F80_8000, 0x3F80), (0x3F80_8001, 0x3F81),
      (0x3F81_8000, 0x3F82), (0x8000_0000, 0x8000), (0x7F80_0000, 0x7F80), (0xFF80_0000, 0xFF80),
      (0x7F80_0001, 0x7FC0), (0x7FFF_FFFF, 0x7FFF), (0xFFFF_FFFF, 0xFFFF), (0x7F7F_FFFF, 0x7F80), (0x0000_8001, 0x0001),
    ]
    let floats = cases.map { Float(bitPattern: $0.0) }
    var halves = [UInt16](repeating: 0, count: cases.count)
    narrow(floats, into: &halves, count: cases.count)
    #expect(halves == cases.map(\.1))
    var back = [Float](repeating: 0, count: cases.count)
    widen(halves, into: &back, count: cases.count)
    #expect(bits(back) == halves.map { UInt32($0) << 16 })
  }
}
