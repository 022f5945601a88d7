import Foundation
import Tensors
import Testing

@testable import Checkpoints

@Suite struct FeatureStoreTests {
  private let directory: TemporaryDirectory
  private static let count = 3000

  init() throws { directory = try TemporaryDirectory() }

  private func store(
    rank: Int = 0, room: Int = 1 << 30, reserve: Int = 0, count: Int = FeatureStoreTests.count
  ) -> FeatureStore {
    FeatureStore(directory: directory.path + "/f", rank: rank, count: count, room: room, reserve: reserve)
  }

  private static func key(_ number: Int) -> FeatureKey { FeatureKey(hash: UInt64(number) &* 0x9E37, bytes: 7) }

  /// All kinds of bit patterns: infinities, NaNs, both zeros, and what features look like.
  private static func values(_ number: Int) -> [UInt16] {
    var random = RandomStream(3, UInt64(number))
    return [0, 0x8000, 0x7F80, 0xFF80, 0x7FC1, 0xFFFF, 1, 0x8001]
      + (8..<count).map { _ in UInt16(truncatingIfNeeded: random.normal().bitPattern >> 16) }
  }

  private var frames: String { directory.path + "/f/rank-00000.zst" }
  private var index: String { directory.path + "/f/rank-00000.index" }

  private func size(_ path: String) throws -> Int { try contents(path).count }

  @Test func `every bit comes back, from the store that wrote it and from the next one`() throws {
    let first = store()
    #expect(first.features(of: Self.key(0)) == nil)
    for number in 0..<20 { first.add(Self.values(number), for: Self.key(number)) }
    for store in [first, store(rank: 5)] {
      #expect(store.pictures == 20)
      for number in 0..<20 { #expect(store.features(of: Self.key(number)) == Self.values(number)) }
      #expect(store.features(of: FeatureKey(hash: Self.key(3).hash, bytes: 8)) == nil)
      #expect(store.damagedRecords == 0 && store.fault == nil && !store.isFull)
    }
    // Smaller than the values, by the exponents.
    #expect(try size(frames) < 20 * 2 * Self.count * 9 / 10)
    // What is known is not written again.
    let before = try size(frames)
    first.add(Self.values(4), for: Self.key(4))
    #expect(try size(frames) == before)
  }

  @Test func `frames are plain zstd, and a rank goes on behind the last whole record`() throws {
    store().add(Self.values(1), for: Self.key(1))
    let whole = try size(frames)
    // Cut off in the midst of a write: half a record of frames, half an entry.
    for path in [frames, index] {
      let handle = try FileHandle(forWritingTo: URL(filePath: path))
      try handle.seekToEnd()
      try handle.write(contentsOf: Data(repeating: 9, count: 20))
      try handle.close()
    }
    let next = store()
    next.add(Self.values(2), for: Self.key(2))
    #expect(try size(index) == 2 * FeatureRecord.size)
    #expect(try size(frames) > whole + 20 && size(frames) < 2 * whole + 20)
    for store in [next, store()] {
      for number in 1...2 { #expect(store.features(of: Self.key(number)) == Self.values(number)) }
    }
  }

  @Test func `a flipped bit anywhere never gives other values`() throws {
    let count = 40
    let values = (0..<3).map { Array(Self.values($0).prefix(count)) }
    let writer = store(count: count)
    for number in 0..<3 { writer.add(values[number], for: Self.key(number)) }
    for path in [frames, index] {
      let good = try contents(path)
      for byte in good.indices {
        var bad = good
        bad[byte] ^= UInt8(1 << (byte % 8))
        try Data(bad).write(to: URL(filePath: path))
        let damaged = store(count: count)
        // A spoiled entry of the index is none: it could stand for another picture.
        #expect(damaged.pictures == (path == index ? 2 : 3), "\(path) \(byte)")
        let found = (0..<3).map { damaged.features(of: Self.key($0)) }
        for number in 0..<3 { #expect(found[number] == nil || found[number] == values[number], "\(path) \(byte)") }
        #expect(found.count { $0 == nil } == 1, "\(path) \(byte)")
        // It is computed and kept again.
        if byte % 16 == 0, let lost = found.firstIndex(of: nil) {
          damaged.add(values[lost], for: Self.key(lost))
          #expect(damaged.features(of: Self.key(lost)) == values[lost])
          #expect(store(count: count).features(of: Self.key(lost)) == values[lost])
        }
        try Data(good).write(to: URL(filePath: path))
        if path == frames { try Data(contents(index).prefix(3 * FeatureRecord.size)).write(to: URL(filePath: index)) }
      }
    }
  }

  @Test func `files that are cut, emptied or gone are no answer and no end`() throws {
    let writer = store()
    for number in 0..<3 { writer.add(Self.values(number), for: Self.key(number)) }
    let good = try contents(frames)
    for length in [0, 1, good.count / 2, good.count - 1] {
      try Data(good.prefix(length)).write(to: URL(filePath: frames))
      let cut = store()
      let found = (0..<3).map { cut.features(of: Self.key($0)) }
      #expect(found[2] == nil && (found[0] == nil) == (length < good.count / 3))
      #expect(zip(found, 0..<3).allSatisfy { $0 == nil || $0 == Self.values($1) })
    }
    try FileManager.default.removeItem(atPath: frames)
    #expect(store().features(of: Self.key(0)) == nil)
    // An index entry without its frames is written anew.
    let again = store()
    again.add(Self.values(0), for: Self.key(0))
    #expect(again.features(of: Self.key(0)) == Self.values(0))
    // A file where the directory should be.
    let blocked = FeatureStore(directory: index, rank: 0, count: Self.count, room: 1 << 30, reserve: 0)
    blocked.add(Self.values(0), for: Self.key(0))
    #expect(blocked.fault == "cannot create \(index): Not a directory")
    #expect(blocked.features(of: Self.key(0)) == nil)
  }

  @Test func `ranks read what the others have written, also while they run`() throws {
    let (first, second) = (store(rank: 0), store(rank: 1))
    first.add(Self.values(1), for: Self.key(1))
    second.add(Self.values(2), for: Self.key(2))
    let deadline = ContinuousClock.now + .seconds(20)
    while ContinuousClock.now < deadline, first.pictures < 2 || second.pictures < 2 {
      first.refresh()
      second.refresh()
    }
    #expect(first.features(of: Self.key(2)) == Self.values(2))
    #expect(second.features(of: Self.key(1)) == Self.values(1))
    #expect(directory.entries == ["f"])
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: directory.path + "/f").sorted()
        == ["rank-00000.index", "rank-00000.zst", "rank-00001.index", "rank-00001.zst"])
  }

  @Test func `no more is written than there is room for`() throws {
    let all = store(rank: 9)
    // Bytes of the first one, two, three and four.
    let sums = try (0..<4).map { number in
      all.add(Self.values(number), for: Self.key(number))
      return try size(directory.path + "/f/rank-00009.zst") + (number + 1) * FeatureRecord.size
    }
    let bytes = sums[3]
    for room in [0, 100, sums[0], sums[1] - 1, sums[1], bytes - 1, bytes] {
      try FileManager.default.removeItem(atPath: directory.path + "/f")
      let small = store(room: room)
      for number in 0..<4 { small.add(Self.values(number), for: Self.key(number)) }
      let written = (try? size(frames) + size(index)) ?? 0
      #expect(written <= room && small.isFull == (room < bytes), "\(room)")
      #expect(small.pictures == sums.count { $0 <= room }, "\(room)")
      #expect(small.fault == nil)
      for number in 0..<small.pictures { #expect(small.features(of: Self.key(number)) == Self.values(number)) }
    }
  }

  @Test func `a disk that has little room left is left alone`() throws {
    let careful = store(reserve: Int.max)
    careful.add(Self.values(1), for: Self.key(1))
    #expect(careful.fault?.hasSuffix(" MB are free on the disk, which checkpoints need") == true)
    #expect(careful.features(of: Self.key(1)) == nil)
    #expect(try size(frames) == 0)
  }

  @Test(.enabled(if: TinyDisk.isPossible))
  func `a full disk ends the growth, and what is there stays good`() throws {
    let disk = try TinyDisk()
    let store = FeatureStore(directory: disk.path + "/f", rank: 0, count: 100_000, room: 1 << 30, reserve: 0)
    let values = (0..<8).map { number -> [UInt16] in
      var random = RandomStream(UInt64(number))
      return (0..<100_000).map { _ in UInt16(truncatingIfNeeded: random.below(1 << 16)) }
    }
    for number in 0..<8 { store.add(values[number], for: Self.key(number)) }
    #expect(store.fault?.contains("No space left on device") == true)
    let kept = (0..<8).filter { store.features(of: Self.key($0)) != nil }
    // A megabyte has room for five of 200 KB, which do not compress.
    #expect(kept == [0, 1, 2, 3, 4])
    let next = FeatureStore(directory: disk.path + "/f", rank: 0, count: 100_000, room: 1 << 30, reserve: 0)
    for number in kept { #expect(next.features(of: Self.key(number)) == values[number]) }
    #expect(next.pictures == kept.count)
    // The part of a record that did not fit has been given back.
    #expect(try contents(disk.path + "/f/rank-00000.zst").count < 5 * 200_000 + 1000)
  }

  @Test func `other fingerprints are removed, the bytes of those kept are counted`() throws {
    let features = FeatureDirectory(run: directory.path)
    #expect(features.bytes == 0)
    for fingerprint: UInt64 in [1, 2, 0xFFFF_FFFF_FFFF_FFFF] {
      let store = FeatureStore(
        directory: features.path(fingerprint), rank: 0, count: Self.count, room: 1 << 30, reserve: 0)
      store.add(Self.values(1), for: Self.key(1))
    }
    let all = features.bytes
    features.remove(except: [2])
    #expect(try FileManager.default.contentsOfDirectory(atPath: features.path) == ["0000000000000002"])
    #expect(features.bytes * 3 == all && features.bytes > Self.count)
    features.remove(except: [])
    #expect(features.bytes == 0)
  }
}
