import CIntrinsics
import Dispatch
import Glibc
import Synchronization

extension ThreadTeam {
  /// A part of somebody's work. Unchecked: the pointer is good until the part is done.
  struct Work: @unchecked Sendable {
    let body: UnsafePointer<(Int) -> Void>
    let part: Int

    /// Never inlined: on return the closure has been let go.
    @inline(never)
    func run() { body.pointee(part) }
  }

  /// One thread of the team.
  final class Member: @unchecked Sendable {
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

    /// Lays work before the member; `wake` must follow.
    func hand(_ work: Work) {
      self.work = work
      handed.add(1, ordering: .sequentiallyConsistent)
    }

    func wake() {
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
      while true {
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
        // Either nothing was handed, or the bell has been rung. It says no more than that there may be work: a caller that
        // the system stops between `hand` and `wake` rings for work that has been done meanwhile.
        bell.wait()
      }
    }
  }
}

/// Some 100 µs: longer than the serial code between two kernels, shorter than anybody would notice on an idle core.
private let looksBeforeSleep = 4000
