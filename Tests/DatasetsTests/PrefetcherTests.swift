import Datasets
import Foundation
import Media
import Synchronization
import Testing

@Suite struct PrefetcherTests {
  /// A micro-batch that can be told from others.
  private static func batch(_ name: String) -> [MicroBatch] {
    [MicroBatch(samples: [], bad: [BadSample(source: name, index: 0, reason: "")])]
  }

  private static func name(_ batches: [MicroBatch]) -> String { batches.first?.bad.first?.source ?? "nothing" }

  /// Waits for something that another thread does; false after ten seconds.
  private func eventually(_ condition: () -> Bool) -> Bool {
    for _ in 0..<10_000 {
      if condition() { return true }
      usleep(1000)
    }
    return condition()
  }

  @Test func `results belong to their keys, in whatever order they are taken`() throws {
    let prefetcher = Prefetcher(capacity: 1)
    defer { prefetcher.close() }
    for key in 0..<5 { prefetcher.request(key) { Self.batch("\(key)") } }
    for key in [3, 0, 4, 1, 2] { #expect(Self.name(try prefetcher.take(key)) == "\(key)") }
  }

  @Test func `what a reader throws comes to whoever takes the step, and to nobody else`() throws {
    let prefetcher = Prefetcher()
    defer { prefetcher.close() }
    prefetcher.request(1) { throw MediaError.unreadable(path: "a.jpg", errno: EIO) }
    prefetcher.request(2) { Self.batch("2") }
    #expect(throws: MediaError.unreadable(path: "a.jpg", errno: EIO)) { try prefetcher.take(1) }
    #expect(Self.name(try prefetcher.take(2)) == "2")
  }

  @Test func `asking twice loads once`() throws {
    let prefetcher = Prefetcher()
    defer { prefetcher.close() }
    let loads = Atomic(0)
    for _ in 0..<3 {
      prefetcher.request(1) {
        loads.add(1, ordering: .relaxed)
        return Self.batch("1")
      }
    }
    prefetcher.request(2) { Self.batch("2") }
    #expect(Self.name(try prefetcher.take(1)) == "1")
    #expect(Self.name(try prefetcher.take(2)) == "2")
    #expect(loads.load(ordering: .relaxed) == 1)
  }

  @Test func `a slow reader works while the caller does, who waits only for what he takes`() throws {
    let prefetcher = Prefetcher()
    defer { prefetcher.close() }
    let gate = DispatchSemaphore(value: 0)
    let done = Atomic(false)
    prefetcher.request(1) { Self.batch("1") }
    prefetcher.request(2) {
      gate.wait()
      done.store(true, ordering: .relaxed)
      return Self.batch("2")
    }
    // The reader of step 2 is stuck, step 1 is there all the same.
    #expect(Self.name(try prefetcher.take(1)) == "1")
    gate.signal()
    // Nobody takes step 2, and it is loaded nevertheless.
    #expect(eventually { done.load(ordering: .relaxed) })
    #expect(Self.name(try prefetcher.take(2)) == "2")
  }

  @Test func `no more lies ready than the capacity, however much was asked for`() throws {
    let prefetcher = Prefetcher(capacity: 2)
    defer { prefetcher.close() }
    let loads = Atomic(0)
    for key in 0..<20 {
      prefetcher.request(key) {
        loads.add(1, ordering: .relaxed)
        return Self.batch("\(key)")
      }
    }
    for key in 0..<20 {
      let expected = min(20, key + 2)
      #expect(eventually { loads.load(ordering: .relaxed) == expected })
      usleep(2000)
      #expect(loads.load(ordering: .relaxed) == expected, "before \(key) is taken")
      #expect(Self.name(try prefetcher.take(key)) == "\(key)")
    }
  }

  @Test func `what was asked for before a discard never comes back under the same key`() throws {
    let prefetcher = Prefetcher()
    defer { prefetcher.close() }
    let (began, gate) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
    prefetcher.request(7) {
      began.signal()
      gate.wait()
      return Self.batch("old stage")
    }
    began.wait()
    // The stage ended while its next step was being read; the new stage's first step has the same number.
    prefetcher.discard()
    prefetcher.request(7) { Self.batch("new stage") }
    gate.signal()
    #expect(Self.name(try prefetcher.take(7)) == "new stage")
    prefetcher.request(8) { Self.batch("8") }
    prefetcher.discard()
    prefetcher.request(8) { Self.batch("8 again") }
    #expect(Self.name(try prefetcher.take(8)) == "8 again")
  }
}
