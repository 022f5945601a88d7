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
  /// Bytes of the pool; 0 in memory of somebody else.
  private let pooledBytes: Int
  private let owner: AnyObject?

  /// A fresh block of `count` floats, not initialised.
  public init(count: Int) {
    precondition(count >= 0, "Storage: negative count \(count)")
    let block = MemoryPool.take(bytes: max(count, 1) * MemoryLayout<Float>.stride)
    self.base = block.pointer.assumingMemoryBound(to: Float.self)
    self.count = count
    self.pooledBytes = block.bytes
    self.owner = nil
  }

  /// `count` floats at `base`, which stay as long as `owner` does: memory that ranks share, say.
  public init(_ base: UnsafeMutablePointer<Float>, count: Int, owner: AnyObject) {
    self.base = base
    self.count = count
    self.pooledBytes = 0
    self.owner = owner
  }

  deinit { if owner == nil { MemoryPool.giveBack(base, bytes: pooledBytes) } }
}
