import CSharedMemory
import Synchronization

/// Where a thread of one rank sleeps until a rank of the same host has news for it.
///
/// The sleeper takes a ticket, looks at all it waits for, and sleeps only if nobody rang since. Who rings enters the
/// kernel only when somebody sleeps.
struct Doorbell: @unchecked Sendable {
  private let rings: UnsafeMutablePointer<Atomic<UInt32>>
  private let sleepers: UnsafeMutablePointer<Atomic<UInt32>>

  /// `memory`: eight bytes that were zero at the beginning.
  init(memory: UnsafeMutableRawPointer) {
    rings = memory.assumingMemoryBound(to: Atomic<UInt32>.self)
    sleepers = rings + 1
  }

  var ticket: UInt32 { rings.pointee.load(ordering: .sequentiallyConsistent) }

  func ring() {
    rings.pointee.wrappingAdd(1, ordering: .sequentiallyConsistent)
    if sleepers.pointee.load(ordering: .sequentiallyConsistent) > 0 { csm_wake(word) }
  }

  /// Sleeps until it rings, or rang since `ticket` was taken; at most `nanoseconds`.
  func sleep(since ticket: UInt32, atMost nanoseconds: Int64) {
    sleepers.pointee.wrappingAdd(1, ordering: .sequentiallyConsistent)
    csm_wait(word, ticket, nanoseconds)
    sleepers.pointee.wrappingSubtract(1, ordering: .sequentiallyConsistent)
  }

  private var word: UnsafePointer<UInt32> { UnsafeRawPointer(rings).assumingMemoryBound(to: UInt32.self) }
}
