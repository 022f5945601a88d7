import Testing

@testable import Communication

@Suite struct LeafPartitionTests {
  @Test func `the most buffers of a gradient's size are those that a fold of every rank makes`() {
    for leaves in 1...41 {
      for ranks in 1...8 {
        let partition = LeafPartition(leaves: leaves, ranks: ranks)
        let made = (0..<min(leaves, ranks)).map { rank in
          var made = 0
          let fold = LeafFold {
            made += 1
            return FloatBuffer(count: 1)
          }
          fold.begin(tree: SummationTree(leaves: leaves), floats: 1)
          for leaf in partition.range(of: rank).dropLast() { fold.push(leaf: leaf) }
          return made
        }
        #expect(partition.mostBuffers == made.max(), "\(leaves) leaves on \(ranks) ranks")
      }
    }
    #expect(LeafPartition(leaves: 40, ranks: 3).mostBuffers == 6)
    #expect(LeafPartition(leaves: 8, ranks: 2).mostBuffers == 3)
  }

  @Test func `the most carried sums are those of the rounds' plans`() {
    for leaves in 1...30 {
      for ranks in 1...7 {
        let plans = LeafRounds.plans(of: leaves, layout: .apart(ranks: ranks), rank: 0)
        #expect(
          LeafPartition(leaves: leaves, ranks: ranks).mostCarried == plans.map(\.carriedCount).max(),
          "\(leaves) leaves on \(ranks) ranks")
      }
    }
  }
}
