import Testing

@testable import Communication

@Suite("Shards")
struct ShardPlanTests {
  /// Arrangements of ranks on hosts, as the host of every rank.
  static let arrangements: [[Int]] = [
    [0], [0, 0], [0, 1], [0, 0, 0], [0, 1, 2], [0, 1, 0], [0, 0, 1, 1], [0, 1, 0, 1], [0, 0, 0, 1], [0, 1, 2, 3],
    [0, 0, 1, 1, 2], [0, 1, 2, 0, 1, 2, 0, 1],
  ]

  private func plan(_ hosts: [Int], _ boundaries: [Int], isOverHosts: Bool) -> ShardPlan {
    ShardPlan(
      bucketBoundaries: boundaries, layout: HostLayout(names: hosts.map(String.init)), isOverHosts: isOverHosts,
      block: 8)
  }

  @Test(arguments: arrangements, [[0, 1], [0, 8, 13], [0, 40, 80, 97], [0, 400, 800, 1200, 1201]])
  func `every float has one rank of all, or one on every host, and is saved once`(hosts: [Int], boundaries: [Int]) {
    let count = boundaries[boundaries.count - 1]
    for isOverHosts in [false, true] {
      let plan = plan(hosts, boundaries, isOverHosts: isOverHosts)
      var (updated, saved) = ([Int: [Int]](), [Int](repeating: 0, count: count))
      for rank in hosts.indices {
        let ranges = plan.ranges(of: rank)
        #expect(zip(ranges, ranges.dropFirst()).allSatisfy { $0.upperBound < $1.lowerBound })
        #expect(ranges.allSatisfy { $0.lowerBound % 8 == 0 && ($0.upperBound % 8 == 0 || $0.upperBound == count) })
        for float in ranges.joined() { updated[float, default: []].append(hosts[rank]) }
        for float in plan.savedRanges(of: rank).joined() { saved[float] += 1 }
      }
      let once = isOverHosts ? 1 : Set(hosts).count
      #expect((0..<count).allSatisfy { updated[$0]?.count == once && Set(updated[$0] ?? []).count == once })
      #expect(saved == [Int](repeating: 1, count: count))
    }
  }

  @Test func `shards are even where blocks are many`() {
    for hosts in Self.arrangements where hosts.count == 4 || hosts.count == 8 {
      let boundaries = Array(stride(from: 0, to: 8_192 * 8, by: 2_048)) + [8_192 * 8]
      let plan = plan(hosts, boundaries, isOverHosts: true)
      let sizes = hosts.indices.map { plan.ranges(of: $0).reduce(0) { $0 + $1.count } }
      guard Set(Dictionary(grouping: hosts) { $0 }.values.map(\.count)).count == 1 else { continue }
      #expect((sizes.max() ?? 0) - (sizes.min() ?? 0) <= boundaries[boundaries.count - 1] / 32)
    }
  }

  @Test(arguments: arrangements)
  func `what each rank has updated is on every host afterwards, and crosses the network once per host`(
    hosts: [Int]
  ) throws {
    let boundaries = [0, 400, 800, 1200, 1237]
    try LocalCommunicator.run(ranks: hosts.count, hosts: hosts) { communicator in
      let team = try HostTeam(communicator)
      let values = try team.floats(1237)
      #expect((0..<1237).allSatisfy { values.pointer[$0] == 0 })
      try communicator.barrier()
      let plan = ShardPlan(bucketBoundaries: boundaries, layout: team.layout, isOverHosts: true, block: 8)
      let gather = ShardGather(plan, communicator)
      for round in 1...3 {
        let own = plan.ranges(of: communicator.rank)
        for float in own.joined() { values.pointer[float] = Float(float * round) }
        let sent = try gather(values.pointer)
        #expect(sent == 4 * own.reduce(0) { $0 + $1.count } * (team.layout.hosts.count - 1))
        try team.meet()
        #expect((0..<1237).allSatisfy { values.pointer[$0] == Float($0 * round) })
        try communicator.barrier()
      }
    }
  }
}
