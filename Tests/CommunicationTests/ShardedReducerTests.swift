import Testing

@testable import Communication

/// The sum of a gradient of which each rank is given its own shard.
@Suite struct ShardedReducerTests {
  private static let boundaries: [[Int]] = [[0, 1], [0, 8, 13], [0, 64, 128, 192, 250], [0, 2048, 2049]]

  @Test(arguments: boundaries, [false, true])
  func `every shard has the bits of the recursive tree, for every number of leaves and every arrangement`(
    boundaries: [Int], shardsGradients: Bool
  ) throws {
    let floatCount = boundaries[boundaries.count - 1]
    let leaves = AwkwardLeaves(leaves: 24, floatCount: floatCount)
    let expected = (1...24).map { bits(leaves.recursiveSum(leaves: $0)) }
    for hosts in ShardPlanTests.arrangements where hosts.count > 1 {
      try LocalCommunicator.run(ranks: hosts.count, hosts: hosts) { communicator in
        for overlaps in [true, false] {
          let plan = ShardPlan(
            bucketBoundaries: boundaries, layout: HostLayout(names: hosts.map(String.init)), isOverHosts: true,
            shardsGradients: shardsGradients, block: 8)
          let reducer = try GradientReducer(
            communicator: communicator, floatCount: floatCount, bucketBoundaries: boundaries, leaves: 1, shards: plan,
            overlaps: overlaps)
          for count in 1...24 {
            let sum = try runStep(reducer, leaves, count: count, boundaries: boundaries, rank: communicator.rank)
            let own = plan.ranges(of: communicator.rank).joined()
            try claim(
              own.allSatisfy { sum[$0] == expected[count - 1][$0] },
              "\(count) leaves, rank \(communicator.rank) of \(hosts), overlaps: \(overlaps)")
          }
        }
      }
    }
  }

  @Test(arguments: [false, true], [["a", "b", "c", "d"], ["a", "b", "b", "a"]])
  func `a sum is cut as the plan of the shards is, whatever hosts the reducer would find`(
    shardsGradients: Bool, names: [String]
  ) throws {
    let leaves = AwkwardLeaves(leaves: 6, floatCount: 250)
    let expected = bits(leaves.recursiveSum(leaves: 6))
    try LocalCommunicator.run(ranks: 4, hosts: [0, 1, 0, 1]) { communicator in
      let boundaries = [0, 64, 128, 192, 250]
      let plan = ShardPlan(
        bucketBoundaries: boundaries, layout: HostLayout(names: names), isOverHosts: true,
        shardsGradients: shardsGradients, block: 8)
      let reducer = try GradientReducer(
        communicator: communicator, floatCount: 250, bucketBoundaries: boundaries, leaves: 6, shards: plan)
      let sum = try runStep(reducer, leaves, count: 6, boundaries: boundaries, rank: communicator.rank)
      let own = plan.ranges(of: communicator.rank).joined()
      try claim(own.allSatisfy { sum[$0] == expected[$0] }, "rank \(communicator.rank)")
      try claim(reducer.hostCount == plan.layout.hosts.count)
    }
  }

  @Test func `leaves are dealt out by turns, each once`() throws {
    try LocalCommunicator.run(ranks: 3, hosts: [0, 1, 0]) { communicator in
      let plan = ShardPlan(
        bucketBoundaries: [0, 64], layout: HostLayout(names: ["a", "b", "a"]), isOverHosts: true,
        shardsGradients: true, block: 8)
      let reducer = try GradientReducer(
        communicator: communicator, floatCount: 64, bucketBoundaries: [0, 64], leaves: 7, shards: plan)
      // In the order of hosts: rank 2 comes before rank 1.
      let expected = [[0, 3, 6], [2, 5], [1, 4]]
      try claim(reducer.ownLeaves(of: 7) == expected[communicator.rank])
      // One round sends what an all-reduce does. The second one has leaves 3 and 4 on one host, which are no subtree.
      try claim(reducer.excess(leaves: 3) == 1 && reducer.excess(leaves: 7) == (1 + 1.5 + 1 + 1) / 2)
    }
  }

  @Test func `slices stay where they are summed: a host sends half of what an all-reduce would`() throws {
    let floatCount = 1 << 16
    for shardsGradients in [false, true] {
      try LocalCommunicator.run(ranks: 2, hosts: [0, 1]) { communicator in
        let plan = ShardPlan(
          bucketBoundaries: [0, floatCount], layout: HostLayout(names: ["a", "b"]), isOverHosts: true,
          shardsGradients: shardsGradients, block: 1024)
        let reducer = try GradientReducer(
          communicator: communicator, floatCount: floatCount, bucketBoundaries: [0, floatCount], leaves: 4, shards: plan
        )
        reducer.begin(leaves: 4)
        for _ in reducer.ownLeaves {
          reducer.leafBuffer.update(repeating: 1)
          try reducer.finishLeaf()
        }
        _ = try reducer.wait()
        // Half of the buffer; two rounds where every micro-batch goes over the ranks by itself.
        try claim(reducer.bytesSent == 4 * floatCount / 2 * (shardsGradients ? 2 : 1))
      }
    }
  }

  @Test(arguments: [false, true], [false, true])
  func `waiting for the round before is told apart, where leaves go over the ranks one by one`(
    shardsGradients: Bool, overlaps: Bool
  ) throws {
    let boundaries = [0, 64, 128]
    let leaves = AwkwardLeaves(leaves: 4, floatCount: 128)
    try LocalCommunicator.run(ranks: 2, hosts: [0, 1]) { communicator in
      let plan = ShardPlan(
        bucketBoundaries: boundaries, layout: HostLayout(names: ["a", "b"]), isOverHosts: true,
        shardsGradients: shardsGradients, block: 8)
      let reducer = try GradientReducer(
        communicator: communicator, floatCount: 128, bucketBoundaries: boundaries, leaves: 4, shards: plan,
        overlaps: overlaps)
      for _ in 0..<2 {
        _ = try runStep(reducer, leaves, count: 4, boundaries: boundaries, rank: communicator.rank)
        try claim((reducer.waitedSeconds > 0) == shardsGradients)
        reducer.begin(leaves: 4)
        try claim(reducer.waitedSeconds == 0)
        for _ in reducer.ownLeaves { try reducer.finishLeaf() }
        _ = try reducer.wait()
      }
    }
  }

  @Test(arguments: ShardPlanTests.arrangements.filter { $0.count > 1 })
  func `of a step that uses a part of the buffer, every host gets the whole sum of that part`(hosts: [Int]) throws {
    // Blocks are many, and the part ends in each of the buckets, in one block and between two.
    let boundaries = [0, 128, 256, 320]
    let leaves = AwkwardLeaves(leaves: 9, floatCount: 320)
    let expected = (1...9).map { bits(leaves.recursiveSum(leaves: $0)) }
    try LocalCommunicator.run(ranks: hosts.count, hosts: hosts) { communicator in
      let team = try HostTeam(communicator)
      let plan = ShardPlan(
        bucketBoundaries: boundaries, layout: team.layout, isOverHosts: true, shardsGradients: true, block: 8)
      let reducer = try GradientReducer(
        communicator: communicator, floatCount: 320, bucketBoundaries: boundaries, leaves: 9, shards: plan,
        overlaps: false)
      let gather = ShardGather(plan, communicator)
      // Other sums each time: what the step before has left must not pass for one.
      for (index, floats) in [320, 300, 256, 200, 133, 128, 64, 7, 1].enumerated() {
        let count = 9 - index
        reducer.begin(leaves: count, floats: floats)
        for leaf in reducer.ownLeaves {
          for place in 0..<floats { reducer.leafBuffer[place] = leaves.values[leaf][place] }
          try reducer.finishLeaf()
        }
        let sum = try reducer.wait()
        guard let start = sum.baseAddress else { return }
        try gather(start, floats: floats)
        try team.meet()
        try claim(bits(sum.prefix(floats)) == Array(expected[count - 1].prefix(floats)), "\(floats) floats")
        // What one rank reads no other one may clear.
        try communicator.barrier()
      }
    }
  }

  @Test func `a leaf that was summed is zero again, whole pages and parts of them`() {
    let floats = 3 * SharedSegment.page / 4 + 100
    guard let segment = SharedSegment(bytes: FloatBuffer.slotBytes(floats)) else {
      Issue.record("no shared memory")
      return
    }
    let buffer = FloatBuffer(segment, slot: 0, count: floats)
    for range in [0..<floats, 5..<floats, 5..<9, 0..<SharedSegment.page / 4, 7..<SharedSegment.page / 2 + 1] {
      for index in 0..<floats { buffer.pointer[index] = 1 }
      buffer.release(range)
      #expect((0..<floats).allSatisfy { buffer.pointer[$0] == (range.contains($0) ? 0 : 1) }, "\(range)")
    }
  }
}
