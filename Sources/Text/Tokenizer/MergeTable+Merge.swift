extension MergeTable {
  /// Applies the rules until none fits: the lowest rank first, then the leftmost.
  func merged(_ symbols: [Int32]) -> [Int32] {
    symbols.count < 32 ? mergedByScanning(symbols) : mergedByQueue(symbols)
  }

  /// For short pieces: the simplest way, quadratic.
  func mergedByScanning(_ symbols: [Int32]) -> [Int32] {
    var ids = symbols
    while ids.count > 1 {
      var (best, place) = (UInt32.max, -1)
      for index in 0..<(ids.count - 1) {
        if let rank = self.rank(ids[index], ids[index + 1]), rank < best { (best, place) = (rank, index) }
      }
      if place < 0 { break }
      ids[place] = results[Int(best)]
      ids.remove(at: place + 1)
    }
    return ids
  }

  /// For pieces of any length: a queue of candidate pairs over a linked list, O(n log n).
  func mergedByQueue(_ symbols: [Int32]) -> [Int32] {
    var ids = symbols
    var next = Array(1...ids.count)
    var previous = Array(-1..<(ids.count - 1))
    var queue = MinimumHeap()
    for index in 0..<(ids.count - 1) {
      if let rank = self.rank(ids[index], ids[index + 1]) { queue.insert(UInt64(rank) << 32 | UInt64(index)) }
    }
    while let first = queue.removeMinimum() {
      let (rank, place) = (UInt32(first >> 32), Int(first & 0xFFFF_FFFF))
      // The pair may be gone: its left symbol swallowed (-1), or one of the two replaced.
      guard ids[place] >= 0, next[place] < ids.count, self.rank(ids[place], ids[next[place]]) == rank else { continue }
      let right = next[place]
      ids[place] = results[Int(rank)]
      ids[right] = -1
      next[place] = next[right]
      if next[place] < ids.count {
        previous[next[place]] = place
        if let rank = self.rank(ids[place], ids[next[place]]) { queue.insert(UInt64(rank) << 32 | UInt64(place)) }
      }
      if previous[place] >= 0, let rank = self.rank(ids[previous[place]], ids[place]) {
        queue.insert(UInt64(rank) << 32 | UInt64(previous[place]))
      }
    }
    return ids.filter { $0 >= 0 }
  }
}
