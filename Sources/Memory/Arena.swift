/// Blocks of memory cut out of regions of large pages: best fit, and freed neighbours grow together again.
///
/// A training step asks for the same sizes in the same order each time, or for nearly the same with the next batch; what
/// one step freed serves the next, whatever its sizes are. Not safe for threads: `MemoryPool` locks.
struct Arena: ~Copyable {
  /// A block is a multiple of this: a cache line, an AVX-512 register.
  static let granule = 64
  /// Addresses reserved at a time; what is not touched takes no memory. A larger block has a region of its own.
  static let regionBytes = 1 << 30

  private struct Free: Comparable {
    let bytes: Int
    let start: UInt

    /// Best fit: the shortest first, and of equals the lowest.
    static func < (a: Free, b: Free) -> Bool { (a.bytes, a.start) < (b.bytes, b.start) }
  }

  /// Sorted.
  private var free: [Free] = []
  private var lengthAtStart: [UInt: Int] = [:]
  private var startAtEnd: [UInt: UInt] = [:]
  /// Where regions begin.
  private var regions: Set<UInt> = []

  /// Bytes of addresses obtained from the system.
  private(set) var reserved = 0

  /// A block of at least `bytes`, a multiple of `granule`; nil if the system has no more.
  mutating func take(_ bytes: Int) -> UInt? {
    let place = Self.firstIndex(in: free, notBelow: Free(bytes: bytes, start: 0))
    if place == free.count {
      // Where the system counts reserved addresses as used, a whole region may be too much.
      guard let region = LargePages.map(max(bytes, Self.regionBytes)) ?? LargePages.map(bytes) else { return nil }
      regions.insert(region.base)
      reserved += region.bytes
      insert(region.base, bytes: region.bytes)
      return take(bytes)
    }
    let block = free[place]
    remove(block)
    if block.bytes > bytes { insert(block.start + UInt(bytes), bytes: block.bytes - bytes) }
    return block.start
  }

  /// Takes a block back.
  mutating func giveBack(_ start: UInt, bytes: Int) {
    var (start, bytes) = (start, bytes)
    // Regions may lie side by side; blocks of two never grow together.
    if let before = startAtEnd[start], !regions.contains(start), let length = lengthAtStart[before] {
      remove(Free(bytes: length, start: before))
      (start, bytes) = (before, bytes + length)
    }
    let end = start + UInt(bytes)
    if let length = lengthAtStart[end], !regions.contains(end) {
      remove(Free(bytes: length, start: end))
      bytes += length
    }
    insert(start, bytes: bytes)
  }

  /// Gives the memory of free blocks back to the system; their addresses stay.
  func trim() {
    for block in free { LargePages.release(block.start, bytes: block.bytes) }
  }

  private mutating func insert(_ start: UInt, bytes: Int) {
    let block = Free(bytes: bytes, start: start)
    free.insert(block, at: Self.firstIndex(in: free, notBelow: block))
    lengthAtStart[start] = bytes
    startAtEnd[start + UInt(bytes)] = start
  }

  private mutating func remove(_ block: Free) {
    free.remove(at: Self.firstIndex(in: free, notBelow: block))
    lengthAtStart[block.start] = nil
    startAtEnd[block.start + UInt(block.bytes)] = nil
  }

  private static func firstIndex(in free: [Free], notBelow block: Free) -> Int {
    var (low, high) = (0, free.count)
    while low < high {
      let middle = (low + high) / 2
      if free[middle] < block { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
