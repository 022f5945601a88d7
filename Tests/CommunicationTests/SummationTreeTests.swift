import Testing

@testable import Communication

@Suite struct SummationTreeTests {
  @Test func `ranges are contiguous, even, and in rank order`() {
    for leaves in 1...40 {
      for ranks in 1...9 {
        let partition = LeafPartition(leaves: leaves, ranks: ranks)
        let ranges = (0..<ranks).map(partition.range(of:))
        #expect(ranges.flatMap { Array($0) } == Array(0..<leaves))
        let sizes = ranges.map(\.count)
        #expect((sizes.max() ?? 0) - (sizes.min() ?? 0) <= 1)
        if leaves < ranks { #expect(sizes == (0..<ranks).map { $0 < leaves ? 1 : 0 }) }
      }
    }
  }

  @Test(arguments: [(8, 2), (8, 4), (24, 3), (24, 6), (12, 3), (5, 5), (64, 1)])
  func `a power of two of leaves per rank is one partial sum per rank`(leaves: Int, ranks: Int) {
    #expect(ReductionPlan(leaves: leaves, layout: .apart(ranks: ranks), rank: 0).world.holders == Array(0..<ranks))
  }

  @Test func `owned nodes cover the range with subtrees that cannot grow`() {
    for leaves in 1...24 {
      let tree = SummationTree(leaves: leaves)
      for start in 0..<leaves {
        for end in start...leaves {
          let nodes = tree.nodes(in: start..<end)
          #expect(nodes.flatMap { Array(tree.range(of: $0)) } == Array(start..<end))
          for node in nodes where node.level < tree.rootLevel {
            let parent = tree.range(of: SummationTree.Node(level: node.level + 1, index: node.index / 2))
            #expect(parent.lowerBound < start || parent.upperBound > end)
          }
        }
      }
    }
  }

  @Test func `nodes are named by level and index`() {
    let tree = SummationTree(leaves: 11)
    let names = tree.nodes(in: 3..<11).map { [$0.level, $0.index] }
    #expect(names == [[0, 3], [2, 1], [3, 1]])
    #expect(tree.rootLevel == 4)
    #expect(tree.range(of: SummationTree.Node(level: 3, index: 1)) == 8..<11)
  }

  @Test func `every plan adds all partial sums into the first`() {
    for leaves in 1...24 {
      for ranks in 1...8 {
        for hosts in 1...ranks {
          let layout = HostLayout(names: (0..<ranks).map { "\($0 % hosts)" })
          let plan = ReductionPlan(leaves: leaves, layout: layout, rank: ranks - 1)
          let (world, here) = (plan.world, layout.host(of: ranks - 1))
          #expect(world.remaining == [0] && world.additions.count == world.holders.count - 1)
          #expect(Set(world.additions.map(\.source)) == Set(world.holders.indices.dropFirst()))
          #expect(plan.ownPositions.allSatisfy { world.holders[$0] == here })
          #expect(plan.remoteCount == world.holders.count { $0 != here })
          #expect(plan.host.remaining.count + plan.host.additions.count == plan.host.holders.count)
        }
      }
    }
  }

  @Test func `a rank holds no more buffers than the logarithm of its leaves and one`() {
    let tree = SummationTree(leaves: 64)
    var counter = BinaryCounter(tree: tree)
    var most = 0
    for leaf in 0..<63 {
      counter.push(SummationTree.Node(level: 0, index: leaf))
      most = max(most, counter.nodes.count)
    }
    #expect(most == 6)
    #expect(counter.push(SummationTree.Node(level: 0, index: 63)) == 6)
  }
}
