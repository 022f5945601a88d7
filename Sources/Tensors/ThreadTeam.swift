import CIntrinsics
import Dispatch
import Glibc
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
        for part in 1..<parts { members[part - 1].hand(Work(body: body, part: part)) }
        body.pointee(0)
        for part in 1..<parts { members[part - 1].finish() }
      }
    }
    return true
  }
}

/// A part of somebody's work. Unchecked: the pointer is good until the part is done.
private struct Work: @unchecked Sendable {
  let body: UnsafePointer<(Int) -> Void>
  let part: Int

  /// Never inlined: on return the closure has been let go.
  @inline(never)
  func run() { body.pointee(part) }
}

/// One thread of the team.
private final class Member: @unchecked Sendable {
  // Unchecked: `work` is written before `handed` is raised and read after it.
  private var work: Work?
  private let handed = Atomic<Int>(0)
  private let done = Atomic<Int>(0)
  private let asleep = Atomic<Bool>(false)
  private let bell = DispatchSemaphore(value: 0)

  /// Nil if the system gives no thread.
  init?() {
    var thread = pthread_t()
    let member = Unmanaged.passRetained(self)
    let code = pthread_create(
      &thread, nil,
      { argument in
        if let argument { Unmanaged<Member>.fromOpaque(argument).takeUnretainedValue().serve() }
        return nil
      }, member.toOpaque())
    guard code == 0 else {
      member.release()
      return nil
    }
    pthread_detach(thread)
  }

  func hand(_ work: Work) {
    self.work = work
    handed.add(1, ordering: .sequentiallyConsistent)
    if asleep.exchange(false, ordering: .sequentiallyConsistent) { bell.signal() }
  }

  /// Waits until what was handed is done.
  func finish() {
    let all = handed.load(ordering: .relaxed)
    var looks = 0
    while done.load(ordering: .acquiring) < all {
      looks += 1
      // With fewer cores than threads the member may have to run where this thread does.
      if looks < looksBeforeSleep { intrinsics_pause() } else { sched_yield() }
    }
  }

  private func serve() -> Never {
    var served = 0
    while true {
      wait(after: served)
      served += 1
      work?.run()
      done.store(served, ordering: .releasing)
    }
  }

  private func wait(after served: Int) {
    for _ in 0..<looksBeforeSleep {
      if handed.load(ordering: .acquiring) > served { return }
      intrinsics_pause()
    }
    asleep.store(true, ordering: .sequentiallyConsistent)
    if handed.load(ordering: .sequentiallyConsistent) > served,
      asleep.exchange(false, ordering: .sequentiallyConsistent)
    {
      return
    }
    // Either nothing was handed, or the bell has been rung for it.
    bell.wait()
  }
}

/// Some 100 µs: longer than the serial code between two kernels, shorter than anybody would notice on an idle core.
private let looksBeforeSleep = 4000
