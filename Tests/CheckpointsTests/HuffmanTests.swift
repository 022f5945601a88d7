import CIntrinsics
import CZstd
import Tensors
import Testing

@testable import Checkpoints

struct HuffmanTests {
  private typealias Byte = @Sendable (inout RandomStream) -> UInt8

  /// Bytes that need codes of all lengths, more than the kinds of planes do.
  private static let own: [(name: String, byte: Byte)] = [
    // The sample of one byte in 17 misses most of the few that there are.
    ("a rare byte", { random in random.below(16_384) == 0 ? 11 : UInt8(100 + random.below(6)) }),
    ("the last byte that can be coded", { random in random.below(9) == 0 ? 128 : UInt8(120 + random.below(5)) }),
    ("codes of eleven bits", { random in UInt8(random.below(8) == 0 ? 20 + random.below(109) : random.below(3)) }),
    ("all of one length", { random in UInt8(random.below(128)) }),
  ]
  private static let kinds: [(name: String, byte: Byte)] = PlaneTests.kinds.map { ($0.name, $0.byte) } + own

  private static func plane(_ kind: Int, _ count: Int) -> [UInt8] {
    var random = RandomStream(UInt64(1000 * kind + count))
    return (0..<count).map { _ in kinds[kind].byte(&random) }
  }

  private static func frame(of plane: [UInt8], vectors: Bool) throws -> [UInt8] {
    let compressor = try PlaneCompressor(level: 1, path: "", vectors: vectors)
    let frames = FrameBuffer()
    try plane.withUnsafeBufferPointer { (bytes) throws(CheckpointError) in
      _ = try compressor.append(UnsafeRawBufferPointer(bytes), to: frames)
    }
    return Array(frames.bytes)
  }

  @Test(.enabled(if: HuffmanEncoder.hasVectors, "this processor has no AVX-512 VBMI"), arguments: 0..<12)
  func `a processor with vectors makes the same frames as one without`(kind: Int) throws {
    for count in [1024, 1025, 4095, 32_767, 32_768, 40_001, 65_535, 65_536] {
      let plane = Self.plane(kind, count)
      let isSame = try Self.frame(of: plane, vectors: true) == Self.frame(of: plane, vectors: false)
      #expect(isSame, "\(Self.kinds[kind].name), \(count)")
    }
  }

  /// What a decoder makes of a frame's literals; nil if it does not take them.
  private static func decoded(_ frame: [UInt8], _ count: Int, _ table: inout huffman_table) -> [UInt8]? {
    frame.withUnsafeBytes { bytes in
      guard let (literals, _) = ZstdFrame.literals(bytes, count: count),
        let base = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
      else { return nil }
      var content = [UInt8](repeating: 0, count: count)
      return huffman_decode(base + literals.lowerBound, literals.count, &content, count, &table) ? content : nil
    }
  }

  private static func decodedByZstd(_ frame: [UInt8], _ count: Int) -> [UInt8]? {
    var content = [UInt8](repeating: 0, count: count)
    return ZSTD_decompress(&content, count, frame, frame.count) == count ? content : nil
  }

  @Test(arguments: [3, 8, 9, 10, 11])
  func `coded planes are read without zstd, and damaged ones only as zstd reads them`(kind: Int) throws {
    var random = RandomStream(UInt64(kind))
    // One for all, as a reader has: what a damaged frame leaves in it must not reach the next one.
    var table = huffman_table()
    var taken = 0
    for count in [1027, 65_536] {
      let plane = Self.plane(kind, count)
      let frame = try Self.frame(of: plane, vectors: HuffmanEncoder.hasVectors)
      for _ in 0..<(count > 2000 ? 40 : 400) {
        // Codes of one bit are left to zstd; none of these kinds has one.
        let isSame = Self.decoded(frame, count, &table) == plane && Self.decodedByZstd(frame, count) == plane
        #expect(isSame, "\(Self.kinds[kind].name), \(count)")
        var damaged = frame
        // Half of the time in the code's description and the streams' lengths.
        let most = random.below(2) == 0 ? 100 : frame.count
        for _ in 0...random.below(2) { damaged[random.below(most)] ^= 1 << UInt8(random.below(8)) }
        guard let content = Self.decoded(damaged, count, &table) else { continue }
        taken += 1
        let agrees = content == Self.decodedByZstd(damaged, count)
        #expect(agrees, "\(Self.kinds[kind].name), \(count)")
      }
    }
    #expect(taken > 0 && Self.kinds.count == 12)
  }

  @Test func `a description without a weight of one is no code, for zstd neither`() {
    func frame(weight: UInt8, streams: [UInt8]) -> [UInt8] {
      // Four bytes of one weight, the last one's not told: each has two bits.
      let section = [130, weight << 4 | weight, weight << 4, 65, 0, 65, 0, 65, 0] + streams
      var bytes = [UInt8](repeating: 0, count: ZstdFrame.headLength(1027))
      _ = ZstdFrame.writeHead(count: 1027, .compressed, length: 5 + section.count + 1, to: &bytes)
      let header = 2 | 3 << 2 | 1027 << 4 | section.count << 22
      return bytes + (0..<5).map { UInt8(truncatingIfNeeded: header >> (8 * $0)) } + section + [0]
    }
    // 257 bytes in each of three, 256 in the last one, and the mark of the end.
    let streams = (0..<4).flatMap { [UInt8](repeating: 0, count: 64) + [$0 < 3 ? 4 : 1] }
    var table = huffman_table()
    for (weight, content) in [(1, [UInt8](repeating: 0, count: 1027)), (2, nil)] as [(UInt8, [UInt8]?)] {
      let frame = frame(weight: weight, streams: streams)
      #expect(Self.decoded(frame, 1027, &table) == content && Self.decodedByZstd(frame, 1027) == content, "\(weight)")
    }
  }

  @Test func `frames do not depend on what the blocks before were`() throws {
    let count = 3 * ZstdFrame.largestBlock - 5
    var random = RandomStream(3)
    let noise = (0..<count).map { _ in UInt16(truncatingIfNeeded: random.next()) }
    let weights = random.normalTensor([count], deviation: 0.02).array.map { UInt16($0.bitPattern >> 16) }
    func frames(_ values: [UInt16], by encoder: ChunkEncoder) throws -> [[UInt8]] {
      try encoder.encode(bfloat16: values, count)
      return encoder.planes.map { Array($0.bytes) }
    }
    // Half noise: a plane that was stored gains in mid-chunk, and the other way round.
    let mixed = Array(noise[..<(count / 2)] + weights[(count / 2)...])
    let sets = [noise, weights, mixed, weights, Array(mixed.reversed()), noise]
    let kept = try ChunkEncoder(planes: 2, level: 1, path: "")
    for (number, values) in sets.enumerated() {
      let isSame = try frames(values, by: kept) == frames(values, by: ChunkEncoder(planes: 2, level: 1, path: ""))
      #expect(isSame, "set \(number)")
      for (plane, bytes) in kept.planes.enumerated() {
        let read = Self.decodedByZstd(Array(bytes.bytes), count)
        let expected = values.map { UInt8(truncatingIfNeeded: ($0 << 1 | $0 >> 15) >> UInt16(8 * plane)) }
        let isRight = read == expected
        #expect(isRight, "set \(number), plane \(plane)")
      }
    }
  }
}
