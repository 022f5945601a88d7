import Memory

/// A block of floats with one owner: the only place where tensor memory is obtained and given back.
///
/// Blocks are 64-byte aligned (a cache line, an AVX-512 register) and come from `MemoryPool`, so that after the first
/// training step nothing is asked of the system. A storage can also stand on memory of somebody else (a mapped
/// checkpoint, a flat buffer of parameters), which it keeps alive.
public final class Storage {
  /// First float.
  public let base: UnsafeMutablePointer<Float>
  /// Number of floats.
  public let count: Int
  private let owner: AnyObject?
  private let pooledBytes: Int

  /// A fresh block of `count` floats, not initialised.
  public init(count: Int) {
    precondition(count >= 0, "Storage: negative count \(count)")
    let block = MemoryPool.take(bytes: max(count, 1) * MemoryLayout<Float>.stride)
    self.base = block.pointer.assumingMemoryBound(to: Float.self)
    self.count = count
    self.owner = nil
    self.pooledBytes = block.bytes
  }

  /// Stands on `base`, which stays valid as long as `owner` lives.
  public init(borrowing base: UnsafeMutablePointer<Float>, count: Int, owner: AnyObject) {
    self.base = base
    self.count = count
    self.owner = owner
    self.pooledBytes = 0
  }

  deinit {
    if owner == nil { MemoryPool.giveBack(base, bytes: pooledBytes) }
  }
}
