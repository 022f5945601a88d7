import Profiling

/// The partial sums of one rank's leaves, with the buffers they live in, kept from step to step.
///
/// While leaf number n comes in, at most log2(n) + 1 older partial sums are held for aligned leaves.
final class LeafFold {
  private let newBuffer: () -> FloatBuffer
  private var counter = BinaryCounter(tree: SummationTree(leaves: 1))
  private var partials: [FloatBuffer] = []
  private var spare: [FloatBuffer] = []
  /// Floats at the beginning of the buffers that the step uses.
  private var floats = 0

  /// Where the current leaf goes.
  private(set) var leaf: FloatBuffer

  /// `newBuffer`: makes one more buffer, when one is needed for the first time.
  init(newBuffer: @escaping () -> FloatBuffer) {
    self.newBuffer = newBuffer
    leaf = newBuffer()
  }

  /// Forgets the step before and clears the first leaf. `floats`: how many the step uses.
  func begin(tree: SummationTree, floats: Int) {
    self.floats = floats
    spare += partials
    partials = []
    counter = BinaryCounter(tree: tree)
    clear()
  }

  /// Adds leaf `number` to the partial sums and clears the buffer of the next.
  func push(leaf number: Int) {
    let last = LastLeafFold(partials: partials, leaf: leaf, additions: count(number))
    last.fold(0..<floats)
    let kept = last.remaining.count
    spare += last.entries[kept...]
    partials = last.remaining
    leaf = spare.popLast() ?? newBuffer()
    clear()
  }

  private func clear() {
    let span = Profile.operation("gradients cleared")
    defer { span.end() }
    leaf.clear(floats)
  }

  /// What is left to do when leaf `number`, the last one, comes in; it can be done range by range.
  /// The buffers stay as they are until `begin`.
  func finish(leaf number: Int) -> LastLeafFold {
    LastLeafFold(partials: partials, leaf: leaf, additions: count(number))
  }

  private func count(_ number: Int) -> Int {
    counter.push(SummationTree.Node(level: 0, index: number))
  }
}

/// The additions that one more leaf causes. They are independent for every element.
struct LastLeafFold: Sendable {
  /// The older partial sums in leaf order, and the leaf.
  let entries: [FloatBuffer]
  private let additions: Int

  /// A rank without leaves.
  static let empty = LastLeafFold(entries: [], additions: 0)

  init(partials: [FloatBuffer], leaf: FloatBuffer, additions: Int) {
    self.init(entries: partials + [leaf], additions: additions)
  }

  private init(entries: [FloatBuffer], additions: Int) {
    self.entries = entries
    self.additions = additions
  }

  /// The buffers that hold the rank's partial sums once everything is folded, in leaf order.
  var remaining: [FloatBuffer] { Array(entries.dropLast(additions)) }

  /// Gives back the memory of `buckets` of the leaf, which are zero from then on.
  func release(_ buckets: [Range<Int>]) {
    for bucket in buckets { entries.last?.release(bucket) }
  }

  /// Does the additions for the floats in `range`.
  func fold(_ range: Range<Int>) {
    guard additions > 0 else { return }
    let span = Profile.operation("leaf sum")
    defer { span.end() }
    for step in 0..<additions {
      let right = entries.count - 1 - step
      let (target, source) = (entries[right - 1].pointer, entries[right].pointer)
      add(source + range.lowerBound, to: target + range.lowerBound, count: range.count)
    }
  }
}
