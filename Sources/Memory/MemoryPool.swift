import Glibc
import Synchronization

/// Where tensors and flat buffers get their memory: freed blocks serve the next step.
///
/// Large blocks would otherwise go back to the system each step and come again page by page: zeroing the activations of
/// a step costs more than many of its kernels.
public enum MemoryPool {
  /// Bytes in use, and the most that were ever in use at once.
  public struct Usage: Sendable, Equatable {
    public var live = 0
    public var peakLive = 0
  }

  private struct State: ~Copyable {
    var arena = Arena()
    var usage = Usage()
  }

  private static let state = Mutex(State())
  /// Below this the C library's own bins are as good.
  private static let smallest = 32 << 10

  public static var usage: Usage { state.withLock { $0.usage } }

  /// Lets `peakLive` begin again at what is in use now.
  public static func resetPeak() { state.withLock { $0.usage.peakLive = $0.usage.live } }

  /// Gives what is free back to the system: between stages, whose sizes differ.
  public static func trim() { state.withLock { $0.arena.trim() } }

  /// A block of at least `bytes`, not initialised and aligned to 64 bytes. `bytes` of the result are what `giveBack` wants.
  public static func take(bytes: Int) -> (pointer: UnsafeMutableRawPointer, bytes: Int) {
    let size = roundedUp(max(bytes, 1), to: Arena.granule)
    let address: UInt? = state.withLock { state in
      state.usage.live += size
      state.usage.peakLive = max(state.usage.peakLive, state.usage.live)
      guard size >= smallest else { return nil }
      return state.arena.take(size)
    }
    if let address, let pointer = UnsafeMutableRawPointer(bitPattern: address) { return (pointer, size) }
    guard size < smallest, let pointer = aligned_alloc(Arena.granule, size) else {
      // Nothing sensible can go on without memory; the planner exists to refuse such a run beforehand.
      preconditionFailure("out of memory: \(size) bytes for a tensor, \(usage.live) in use")
    }
    return (pointer, size)
  }

  /// Takes back a block of `take`.
  public static func giveBack(_ pointer: UnsafeMutableRawPointer, bytes: Int) {
    state.withLock { state in
      state.usage.live -= bytes
      if bytes >= smallest { state.arena.giveBack(UInt(bitPattern: pointer), bytes: bytes) }
    }
    if bytes < smallest { free(pointer) }
  }
}
