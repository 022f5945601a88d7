import Glibc
import Synchronization

/// Where tensors and flat buffers get their memory: freed blocks serve the next step.
///
/// Large blocks would otherwise go back to the system each step and come again page by page: zeroing the activations of
/// a step costs more than many of its kernels.
public enum MemoryPool {
  /// Bytes in use, the most that were ever in use at once, and what the system gave for blocks of 32 KB and more.
  public struct Usage: Sendable, Equatable {
    public var live = 0
    public var peakLive = 0
    public var mapped = 0
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

  /// A block of at least `bytes`, not initialised and aligned to 64 bytes. `bytes` of the result are what `giveBack` wants.
  public static func take(bytes: Int) -> (pointer: UnsafeMutableRawPointer, bytes: Int) {
    let size = roundedUp(max(bytes, 1), to: Arena.granule)
    let address: UInt? = state.withLock { state in
      state.usage.live += size
      state.usage.peakLive = max(state.usage.peakLive, state.usage.live)
      guard size >= smallest else { return nil }
      let address = state.arena.take(size)
      state.usage.mapped = state.arena.mapped
      return address
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
      guard bytes >= smallest else { return }
      // A stage that ended leaves regions that the next one may not need.
      let limit = state.usage.peakLive + state.usage.peakLive / 4 + Arena.regionBytes
      state.arena.giveBack(UInt(bitPattern: pointer), bytes: bytes, releasing: state.arena.mapped > limit)
      state.usage.mapped = state.arena.mapped
    }
    if bytes < smallest { free(pointer) }
  }
}
