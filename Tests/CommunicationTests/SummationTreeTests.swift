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
    #expect(ReductionPlan(leaves: leaves, ranks: ranks, rank: 0).holders == Array(0..<ranks))
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
        let plan = ReductionPlan(leaves: leaves, ranks: ranks, rank: ranks - 1)
        #expect(plan.additions.count == plan.holders.count - 1)
        #expect(Set(plan.additions.map(\.source)) == Set(plan.holders.indices.dropFirst()))
        #expect(plan.ownPositions.allSatisfy { plan.holders[$0] == ranks - 1 })
        #expect(plan.remoteCount == plan.holders.count { $0 != ranks - 1 })
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

  @Test func `pieces cover a slice, slices cover a bucket`() {
    let length = 3 * BucketSlices.longestPiece + 5
    let slices = BucketSlices(bucket: 10..<10 + length, ranks: 2)
    let pieces = (0..<2).flatMap(slices.pieces(of:))
    #expect(pieces.count == 4)
    #expect(pieces.allSatisfy { $0.count <= BucketSlices.longestPiece })
    #expect(pieces.first?.lowerBound == 10 && pieces.last?.upperBound == 10 + length)
    #expect(zip(pieces, pieces.dropFirst()).allSatisfy { $0.upperBound == $1.lowerBound })
    #expect(BucketSlices(bucket: 4..<5, ranks: 8).pieces(of: 0).isEmpty)
  }
}
