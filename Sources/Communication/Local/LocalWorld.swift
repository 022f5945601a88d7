/// What the in-process ranks of one run share: an inbox per rank, numbers for message spaces, and the first failure.
/// Unchecked because `spaces` and `firstFailure` are guarded by `lock`.
final class LocalWorld: @unchecked Sendable {
  let inboxes: [Inbox]
  /// Which host each rank plays to be on.
  let hosts: [Int]
  private let lock = ConditionVariable()
  private var spaces: [SpaceKey: Int] = [:]
  private var firstFailure: (any Error)?

  private struct SpaceKey: Hashable {
    let parent: Int
    let ordinal: Int
  }

  init(size: Int, hosts: [Int]? = nil) {
    self.hosts = hosts ?? Array(repeating: 0, count: size)
    inboxes = (0..<size).map(Inbox.init(rank:))
  }

  /// The number of the `ordinal`th duplicate of a message space: whichever rank asks first creates it.
  func space(parent: Int, ordinal: Int) -> Int {
    lock.withLock {
      let key = SpaceKey(parent: parent, ordinal: ordinal)
      if let known = spaces[key] { return known }
      let new = spaces.count + 1
      spaces[key] = new
      return new
    }
  }

  /// The error of the rank that failed first; what other ranks met because of it came later.
  var failure: (any Error)? {
    lock.withLock { firstFailure }
  }

  /// Lets every rank that waits for a message, now or later, fail.
  func stop(by rank: Int, because error: any Error) {
    lock.withLock { firstFailure = firstFailure ?? error }
    for inbox in inboxes { inbox.stop(by: rank) }
  }
}
