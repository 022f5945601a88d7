import Synchronization

/// How many threads a kernel of this process may use. One by default: under MPI the ranks share the cores.
public enum Threads {
  private static let value = Atomic<Int>(1)

  public static var count: Int {
    get { value.load(ordering: .relaxed) }
    set { value.store(max(1, newValue), ordering: .relaxed) }
  }
}

/// Runs `body` over disjoint ranges that together are `0 ..< count`, on up to `Threads.count` threads.
///
/// `grain`: the smallest number of items worth a thread. The ranges never split an item, and a kernel computes an item
/// the same way wherever the range begins, so results do not depend on the number of threads.
public func parallel(_ count: Int, grain: Int = 1, _ body: (Range<Int>) -> Void) {
  let parts = min(Threads.count, max(1, count / max(1, grain)))
  guard parts > 1 else {
    if count > 0 { body(0..<count) }
    return
  }
  func run(part: Int) { body(count * part / parts..<count * (part + 1) / parts) }
  if !ThreadTeam.shared.run(parts: parts, run) { body(0..<count) }
}
