import Memory

/// A block of floats with one owner: the only place where tensor memory is obtained and given back.
///
/// Blocks are 64-byte aligned (a cache line, an AVX-512 register) and come from `MemoryPool`, so that after the first
/// training step nothing is asked of the system.
public final class Storage {
  /// First float.
  public let base: UnsafeMutablePointer<Float>
  /// Number of floats.
  public let count: Int
  private let pooledBytes: Int

  /// A fresh block of `count` floats, not initialised.
  public init(count: Int) {
    precondition(count >= 0, "Storage: negative count \(count)")
    let block = MemoryPool.take(bytes: max(count, 1) * MemoryLayout<Float>.stride)
    self.base = block.pointer.assumingMemoryBound(to: Float.self)
    self.count = count
    self.pooledBytes = block.bytes
  }

  deinit { MemoryPool.giveBack(base, bytes: pooledBytes) }
}
