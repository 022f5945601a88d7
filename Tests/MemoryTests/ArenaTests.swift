import Testing

@testable import Memory

/// A small generator of its own: the module below has none.
private struct Steps {
  var state: UInt64
  mutating func below(_ bound: Int) -> Int {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Int((state >> 33) % UInt64(bound))
  }
}

private func taken(_ arena: inout Arena, _ bytes: Int) -> UInt {
  guard let start = arena.take(bytes) else {
    Issue.record("no memory")
    return 0
  }
  return start
}

@Suite("Arena")
struct ArenaTests {
  @Test func `blocks in use never overlap, are aligned, and all memory grows together again`() {
    var arena = Arena()
    var random = Steps(state: 7)
    var held: [(start: UInt, bytes: Int)] = []
    for _ in 0..<4000 {
      if held.count < 60 && random.below(2) == 0 {
        let bytes = Arena.granule * (1 + random.below(40_000))
        let start = taken(&arena, bytes)
        #expect(start % UInt(Arena.granule) == 0)
        for other in held {
          #expect(start + UInt(bytes) <= other.start || other.start + UInt(other.bytes) <= start)
        }
        held.append((start, bytes))
      } else if !held.isEmpty {
        let block = held.remove(at: random.below(held.count))
        arena.giveBack(block.start, bytes: block.bytes)
      }
    }
    for block in held { arena.giveBack(block.start, bytes: block.bytes) }
    // Whole regions are free again, or these would need another one.
    let reserved = arena.reserved
    let regions = reserved / Arena.regionBytes
    #expect(regions > 0 && reserved % Arena.regionBytes == 0)
    for _ in 0..<regions { _ = taken(&arena, Arena.regionBytes) }
    #expect(arena.reserved == reserved)
  }

  @Test func `the block that fits best is taken`() {
    var arena = Arena()
    let unit = 1 << 20
    let sizes = [3, 1, 2, 1, 5, 1]
    var starts: [UInt] = []
    for size in sizes { starts.append(taken(&arena, size * unit)) }
    for index in [0, 2, 4] { arena.giveBack(starts[index], bytes: sizes[index] * unit) }
    var again: [UInt] = []
    for size in [2, 2, 5] { again.append(taken(&arena, size * unit)) }
    #expect(again == [starts[2], starts[0], starts[4]])
  }

  @Test func `a block larger than a region has one of its own`() {
    var arena = Arena()
    let bytes = 3 * Arena.regionBytes + Arena.granule
    let start = taken(&arena, bytes)
    #expect(arena.reserved >= bytes && arena.reserved < bytes + 2 * LargePages.length)
    arena.giveBack(start, bytes: bytes)
    #expect(taken(&arena, bytes) == start)
  }

  @Test func `trimming gives up the memory of free blocks and of no other`() {
    var arena = Arena()
    let unit = 4 * LargePages.length
    let (freed, held) = (taken(&arena, unit), taken(&arena, unit))
    for start in [freed, held] {
      UnsafeMutableRawPointer(bitPattern: start)?.initializeMemory(as: UInt8.self, repeating: 7, count: unit)
    }
    arena.giveBack(freed, bytes: unit)
    arena.trim()
    #expect(UnsafeRawPointer(bitPattern: freed)?.load(as: UInt8.self) == 0)
    #expect(UnsafeRawPointer(bitPattern: held)?.load(as: UInt8.self) == 7)
  }
}

@Suite("Memory pool")
struct MemoryPoolTests {
  @Test func `small blocks are aligned too`() {
    let blocks = (1...64).map { MemoryPool.take(bytes: $0 * 7) }
    for (index, block) in blocks.enumerated() {
      #expect(UInt(bitPattern: block.pointer) % 64 == 0 && block.bytes >= (index + 1) * 7)
      MemoryPool.giveBack(block.pointer, bytes: block.bytes)
    }
  }
}
