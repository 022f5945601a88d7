import Synchronization

/// Threads that stay, so that work of some ten microseconds is worth dealing out.
///
/// Waking a thread of Dispatch's pool takes 50 to 150 µs, and a training step deals out some 500 pieces of work. A member
/// of the team looks for its next part a while before it sleeps; between two kernels it hardly ever does.
final class ThreadTeam: @unchecked Sendable {
  // Unchecked: `members` is touched only by the caller that holds `taken`.
  static let shared = ThreadTeam()

  private let taken = Atomic<Bool>(false)
  private var members: [Member] = []

  /// Calls `body` with each of `0 ..< parts`, on this thread and on `parts - 1` others, and returns when all are done.
  /// False if nothing was done: the team is at work for somebody else (the caller's caller, perhaps), or the system
  /// gives no more threads.
  func run(parts: Int, _ body: (Int) -> Void) -> Bool {
    guard taken.compareExchange(expected: false, desired: true, ordering: .acquiring).exchanged else { return false }
    defer { taken.store(false, ordering: .releasing) }
    while members.count < parts - 1 {
      guard let member = Member() else { return false }
      members.append(member)
    }
    withoutActuallyEscaping(body) { body in
      withUnsafePointer(to: body) { body in
        // Safe: every part is done, and no member holds the closure any more, before this call returns.
        for part in 1..<parts {
          members[part - 1].hand(Work(body: body, part: part))
          members[part - 1].wake()
        }
        body.pointee(0)
        for part in 1..<parts { members[part - 1].finish() }
      }
    }
    return true
  }
}
