import Dispatch
import Synchronization
import Testing

@testable import Tensors

/// Work dealt out over threads: every item once, whoever asks for it.
@Suite(.serialized) struct ThreadTeamTests {
  /// How often each of `count` items was done.
  private func visits(_ count: Int, threads: Int, nested: Bool = false) -> [Int] {
    let before = Threads.count
    defer { Threads.count = before }
    Threads.count = threads
    let done = Mutex([Int](repeating: 0, count: count))
    parallel(count) { range in
      // A kernel inside of a kernel's part finds the team at work and does its own.
      let body = { (part: Range<Int>) in done.withLock { done in for i in part { done[i] += 1 } } }
      if nested {
        parallel(range.count) { body(range.lowerBound + $0.lowerBound..<range.lowerBound + $0.upperBound) }
      } else {
        body(range)
      }
    }
    return done.withLock { $0 }
  }

  @Test func `every item is done once, with more threads than items too, many times in a row`() {
    for threads in 1...5 {
      for count in 0...9 { #expect(visits(count, threads: threads) == [Int](repeating: 1, count: count)) }
      for _ in 0..<300 { #expect(visits(64, threads: threads) == [Int](repeating: 1, count: 64)) }
    }
  }

  @Test func `a part may deal out work itself`() {
    #expect(visits(40, threads: 3, nested: true) == [Int](repeating: 1, count: 40))
  }

  @Test func `several threads may ask at once`() {
    let before = Threads.count
    defer { Threads.count = before }
    Threads.count = 3
    let sum = Atomic<Int>(0)
    DispatchQueue.concurrentPerform(iterations: 4) { _ in
      for _ in 0..<200 { parallel(10) { for i in $0 { sum.add(i, ordering: .relaxed) } } }
    }
    #expect(sum.load(ordering: .relaxed) == 4 * 200 * 45)
  }

  @Test func `members that have gone to sleep are woken`() async throws {
    for _ in 0..<5 {
      #expect(visits(8, threads: 2) == [Int](repeating: 1, count: 8))
      try await Task.sleep(for: .milliseconds(20))
    }
  }

  private final class Counter: Sendable {
    let value = Mutex(0)
  }

  /// A caller that is stopped between `hand` and `wake` rings long after its work is done, on a loaded machine. The work
  /// must not be done a second time, nor may the member be a piece ahead of its callers ever after.
  @Test func `a late bell is no work`() async throws {
    let member = try #require(ThreadTeam.Member())
    let times = Counter()
    let pointer = UnsafeMutablePointer<(Int) -> Void>.allocate(capacity: 1)
    pointer.initialize { _ in times.value.withLock { $0 += 1 } }
    for round in 1...3 {
      member.hand(ThreadTeam.Work(body: pointer, part: 0))
      member.wake()
      member.finish()
      // The member has gone to sleep by now.
      try await Task.sleep(for: .milliseconds(30))
      member.wake()
      try await Task.sleep(for: .milliseconds(30))
      #expect(times.value.withLock { $0 } == round)
    }
    pointer.deinitialize(count: 1)
    pointer.deallocate()
  }
}
