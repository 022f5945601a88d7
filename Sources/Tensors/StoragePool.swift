import Glibc
import Synchronization

/// Keeps freed blocks for the next tensor of about their size.
///
/// Large blocks would otherwise go back to the system each step and come again page by page: zeroing the activations of
/// a step costs more than many of its kernels. Sizes are rounded up to eighths of a power of two, so a batch that is a
/// little longer than the last one still finds its blocks.
public enum StoragePool {
  /// Bytes in use, bytes kept for reuse, and the most that were ever in use at once.
  public struct Usage: Sendable, Equatable {
    public var live = 0
    public var free = 0
    public var peakLive = 0
  }

  private struct State: ~Copyable {
    var free: [Int: [UInt]] = [:]
    var usage = Usage()
  }

  private static let state = Mutex(State())
  /// Below this the C library's own bins are as good.
  private static let smallest = 32 << 10

  public static var usage: Usage { state.withLock { $0.usage } }

  static func take(bytes: Int) -> (pointer: UnsafeMutableRawPointer, bytes: Int) {
    let size = roundedUp(bytes)
    let kept: UInt? = state.withLock { state in
      state.usage.live += size
      state.usage.peakLive = max(state.usage.peakLive, state.usage.live)
      guard size >= smallest, let address = state.free[size]?.popLast() else { return nil }
      state.usage.free -= size
      return address
    }
    if let kept, let pointer = UnsafeMutableRawPointer(bitPattern: kept) { return (pointer, size) }
    guard let pointer = aligned_alloc(64, size) else {
      // Nothing sensible can go on without memory; the planner exists to refuse such a run beforehand.
      preconditionFailure("out of memory: \(size) bytes for a tensor, \(usage.live) in use")
    }
    return (pointer, size)
  }

  static func giveBack(_ pointer: UnsafeMutableRawPointer, bytes: Int) {
    let kept: Bool = state.withLock { state in
      state.usage.live -= bytes
      // Shapes change from batch to batch: blocks beyond a quarter over the peak are of sizes no longer asked for.
      let limit = state.usage.peakLive + state.usage.peakLive / 4 + (64 << 20)
      guard bytes >= smallest, state.usage.live + state.usage.free + bytes <= limit else { return false }
      state.usage.free += bytes
      state.free[bytes, default: []].append(UInt(bitPattern: pointer))
      return true
    }
    if !kept { free(pointer) }
  }

  /// The next eighth of a power of two, at least one cache line.
  static func roundedUp(_ bytes: Int) -> Int {
    if bytes <= 512 { return (bytes + 63) & ~63 }
    let step = 1 << max(6, Int.bitWidth - 1 - (bytes - 1).leadingZeroBitCount - 3)
    return (bytes + step - 1) / step * step
  }
}
