/// The binary tree over leaf numbers that fixes the order of a sum, whoever computes which part of it.
///
/// Node (level, index) covers leaves `index << level ..< (index + 1) << level`, cut at the number of leaves. It is
/// left child + right child, or the left child alone where the right one would lie beyond the last leaf. A sum is then
/// a function of the leaves, not of the number of ranks.
public struct SummationTree: Equatable, Sendable {
  public struct Node: Hashable, Sendable {
    public let level: Int
    public let index: Int

    public init(level: Int, index: Int) {
      self.level = level
      self.index = index
    }
  }

  public let leaves: Int

  /// The level of the node that covers all leaves.
  public let rootLevel: Int

  public init(leaves: Int) {
    precondition(leaves > 0, "SummationTree: \(leaves) leaves")
    self.leaves = leaves
    rootLevel = Int.bitWidth - (leaves - 1).leadingZeroBitCount
  }

  /// The leaves that `node` covers.
  public func range(of node: Node) -> Range<Int> {
    min(node.index << node.level, leaves)..<min((node.index + 1) << node.level, leaves)
  }

  /// The maximal subtrees whose leaves lie in `range`, from left to right: the partial sums that the owner of these
  /// leaves can finish alone.
  public func nodes(in range: Range<Int>) -> [Node] {
    var counter = BinaryCounter(tree: self)
    for leaf in range { counter.push(Node(level: 0, index: leaf)) }
    return counter.nodes
  }
}

/// Folds nodes that come in leaf order into as few subtrees as the tree allows, like carries in a binary counter.
struct BinaryCounter {
  let tree: SummationTree
  private(set) var nodes: [SummationTree.Node] = []

  init(tree: SummationTree) {
    self.tree = tree
  }

  /// Appends `node`; returns how often the last two entries then had to be added, left + right, into one.
  @discardableResult
  mutating func push(_ node: SummationTree.Node) -> Int {
    var node = node
    var additions = 0
    while node.level < tree.rootLevel {
      let isRight = node.index & 1 == 1
      if isRight {
        guard let left = nodes.last, left.level == node.level, left.index == node.index - 1 else { break }
        nodes.removeLast()
        additions += 1
      } else if (node.index + 1) << node.level < tree.leaves {
        break
      }
      node = SummationTree.Node(level: node.level + 1, index: node.index >> 1)
    }
    nodes.append(node)
    return additions
  }
}
