import Testing

@testable import Communication

@Suite struct HostLayoutTests {
  @Test func `ranks are ordered host after host`() {
    let layout = HostLayout(names: ["b", "a", "b", "c", "a"])
    #expect(layout.hosts == [[0, 2], [1, 4], [3]])
    #expect((0..<5).map(layout.position(of:)) == [0, 2, 1, 4, 3])
    #expect((0..<5).map(layout.host(of:)) == [0, 1, 0, 2, 1])
    #expect(layout.mostRanksOfAHost == 2)
  }

  @Test(arguments: [1, 15, 16, 17, 999, 300_000]) func `the pieces of all hosts are the bucket, each once`(count: Int) {
    for names in [["a"], ["a", "a", "a"], ["a", "b"], ["a", "b", "b", "c", "a", "a", "a"]] {
      let slices = BucketSlices(bucket: 37..<37 + count, layout: HostLayout(names: names))
      var next = 37
      for host in slices.layout.hosts.indices {
        #expect(slices.slice(of: host).lowerBound == next)
        let pieces = slices.pieces(of: host)
        for piece in pieces {
          #expect(piece.range.lowerBound == next && piece.number < BucketSlices.mostPieces)
          // Two ranks never write to one cache line.
          #expect(piece.range.lowerBound % 16 == 0 || next == 37)
          next = piece.range.upperBound
        }
        #expect(Set(pieces.map(\.number)).count == pieces.count)
        for here in slices.layout.hosts {
          #expect(here.flatMap { slices.pieces(of: host, for: $0) }.count == pieces.count)
        }
      }
      #expect(next == 37 + count)
    }
  }

  @Test func `a host of more ranks than a slice has pieces leaves some without work, and numbers stay in bounds`() {
    let names = [String](repeating: "a", count: 300) + ["b"]
    let slices = BucketSlices(bucket: 0..<3_000_000, layout: HostLayout(names: names))
    let pieces = slices.pieces(of: 0)
    #expect(pieces.count == BucketSlices.mostPieces && pieces.allSatisfy { $0.number < BucketSlices.mostPieces })
    #expect(pieces.last?.range.upperBound == slices.slice(of: 0).upperBound)
  }

  @Test func `buckets are exchanged whole where that costs little more than two rounds`() {
    func isWhole(_ floats: Int, hosts: Int, leaves: Int) -> Bool {
      let plan = ReductionPlan(leaves: leaves, layout: .apart(ranks: hosts), rank: 0)
      return plan.isExchangedWhole(floats: floats, hosts: hosts)
    }
    #expect(isWhole(1 << 16, hosts: 2, leaves: 2) && !isWhole(1 << 16 + 1, hosts: 2, leaves: 2))
    #expect(isWhole(6140, hosts: 3, leaves: 3) && !isWhole(6160, hosts: 3, leaves: 3))
    #expect(isWhole(2730, hosts: 4, leaves: 8) && !isWhole(2731, hosts: 4, leaves: 8))
    // Three leaves a host are two partial sums each.
    #expect(isWhole(8192, hosts: 2, leaves: 6) && !isWhole(8193, hosts: 2, leaves: 6))
    #expect(!isWhole(1, hosts: 1, leaves: 4))
  }

  @Test func `a share is taken once, by whichever rank comes first`() throws {
    try LocalCommunicator.run(ranks: 3) { communicator in
      let group = try HostGroup(communicator)
      var taken = [Int64](repeating: 0, count: 20)
      for bucket in 0..<20 {
        // Every other bucket is in one share only.
        for share in 0..<(bucket % 2 == 0 ? 3 : 1) where group.take(share: share, of: UInt64(bucket)) {
          taken[bucket] += 1
        }
      }
      try communicator.allReduceSum(&taken)
      try claim(taken.enumerated().allSatisfy { $1 == ($0 % 2 == 0 ? 3 : 1) }, "\(taken)")
    }
  }

  @Test func `only what is left of a host crosses the network`() {
    let layout = HostLayout(names: ["a", "b", "a", "b"])
    let plan = ReductionPlan(leaves: 16, layout: layout, rank: 2)
    #expect(plan.ownLeaves == 4..<8 && plan.remoteCount == 1 && ReductionPlan.excess([plan], hosts: 2) == 1)
    #expect(plan.host == PartialSums([0..<4, 4..<8], tree: plan.tree))
    // Three leaves a rank: what a host has left are a pair and a single one.
    let awkward = ReductionPlan(leaves: 6, layout: HostLayout(names: ["a", "b"]), rank: 0)
    #expect(awkward.remoteCount == 2 && ReductionPlan.excess([awkward], hosts: 2) == 1.5)
  }
}
