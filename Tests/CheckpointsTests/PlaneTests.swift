import CZstd
import Tensors
import Testing

@testable import Checkpoints

struct PlaneTests {
  @Test func `planes have the bytes of every number, and numbers come back, at every length`() {
    var random = RandomStream(1)
    for count in Array(0...130) + [1000] {
      let floats = (0..<count).map { _ in Float(bitPattern: UInt32(truncatingIfNeeded: random.next())) }
      var planes = [UInt8](repeating: 0xAA, count: 4 * count + 1)
      planes.withUnsafeMutableBufferPointer { planes in
        guard let base = planes.baseAddress else { return }
        BytePlanes.split(floats, count, into: (0..<4).map { base + $0 * count })
      }
      for (index, float) in floats.enumerated() {
        let rotated: UInt32 = float.bitPattern << 1 | float.bitPattern >> 31
        for plane in 0..<4 {
          let expected = UInt8(truncatingIfNeeded: rotated >> UInt32(8 * plane))
          #expect(planes[plane * count + index] == expected)
        }
      }
      var back = [Float](repeating: 0, count: count + 1)
      planes.withUnsafeBufferPointer { planes in
        guard let base = planes.baseAddress else { return }
        BytePlanes.join(base, base + count, base + 2 * count, base + 3 * count, count, into: &back)
      }
      #expect(back.dropLast().map(\.bitPattern) == floats.map(\.bitPattern))
      #expect(planes[4 * count] == 0xAA && back[count] == 0)
    }
  }

  @Test func `half words have two planes, at every length`() {
    var random = RandomStream(2)
    for count in Array(0...130) + [1000] {
      let words = (0..<count).map { _ in UInt16(truncatingIfNeeded: random.next()) }
      var planes = [UInt8](repeating: 0xAA, count: 2 * count + 1)
      planes.withUnsafeMutableBufferPointer { planes in
        guard let base = planes.baseAddress else { return }
        FeaturePlanes.split(words, count, into: [base, base + count])
      }
      for (index, word) in words.enumerated() {
        let rotated: UInt16 = word << 1 | word >> 15
        #expect(planes[index] == UInt8(truncatingIfNeeded: rotated))
        #expect(planes[count + index] == UInt8(truncatingIfNeeded: rotated >> 8))
      }
      var back = [UInt16](repeating: 0, count: count + 1)
      planes.withUnsafeBufferPointer { planes in
        guard let base = planes.baseAddress else { return }
        FeaturePlanes.join(base, base + count, count, into: &back)
      }
      #expect(Array(back.dropLast()) == words && planes[2 * count] == 0xAA && back[count] == 0)
    }
  }

  /// Bytes of all the kinds that planes are, by name; `most`: how much of its size each may keep.
  static let kinds: [(name: String, most: Double, byte: @Sendable (inout RandomStream) -> UInt8)] = [
    ("noise", 1.001, { UInt8(truncatingIfNeeded: $0.next()) }),
    ("one byte", 0.01, { _ in 7 }),
    // Entropy 2 bits.
    ("geometric", 0.255, { UInt8(120 - min(100, ($0.next() | 1 << 63).trailingZeroBitCount)) }),
    ("as many as can be coded", 0.89, { UInt8($0.below(129)) }),
    ("one more than can be coded", 0.9, { UInt8($0.below(130)) }),
    ("high bytes", 0.255, { UInt8(250 - min(100, ($0.next() | 1 << 63).trailingZeroBitCount)) }),
    ("nearly one byte", 0.1, { $0.below(64) == 0 ? UInt8(truncatingIfNeeded: $0.next()) : 3 }),
    ("hardly any gain", 1.001, { $0.below(100) < 99 ? UInt8(truncatingIfNeeded: $0.next()) : 5 }),
  ]

  @Test(arguments: kinds.indices)
  func `zstd reads every kind of plane, and each is as small as its bytes allow`(kind: Int) throws {
    let (name, most, byte) = Self.kinds[kind]
    let compressor = try PlaneCompressor(level: 1, path: "")
    var random = RandomStream(UInt64(kind))
    for count in [1, 2, 3, 255, 256, 1023, 1024, 1025, 1027, 4099, 65535, 65536] {
      let plane = (0..<count).map { _ in byte(&random) }
      let frames = FrameBuffer()
      let isStored = try plane.withUnsafeBufferPointer { (bytes) throws(CheckpointError) in
        try compressor.append(UnsafeRawBufferPointer(bytes), to: frames)
      }
      if isStored { #expect(frames.bytes.count == ZstdFrame.headLength(count) + count) }
      var back = [UInt8](repeating: 0, count: count)
      #expect(ZSTD_decompress(&back, count, frames.bytes.baseAddress, frames.bytes.count) == count, "\(name), \(count)")
      let isSame = back == plane
      #expect(isSame, "\(name), \(count)")
      #expect(frames.bytes.count <= ZSTD_compressBound(count))
      if count > 65000 { #expect(Double(frames.bytes.count) < most * Double(count), "\(name): \(frames.bytes.count)") }
    }
  }

  @Test(arguments: [2, 3, 12, 20, 40, 129])
  func `a code of bytes whose counts grow like rabbits has eleven bits at most and wastes none`(symbols: Int) {
    var counts = [UInt32](repeating: 0, count: 256)
    var (a, b): (UInt32, UInt32) = (1, 1)
    for symbol in 0..<symbols {
      counts[symbol] = a
      (a, b) = (b, min(a &+ b, 1 << 20))
    }
    let code = counts.withUnsafeBufferPointer { HuffmanCode($0) }
    #expect(code.used.count == symbols)
    let lengths = code.used.map { code.lengths[$0] }
    #expect(lengths.allSatisfy { (1...HuffmanCode.mostBits).contains($0) })
    let room = 1 << HuffmanCode.mostBits
    let taken = lengths.reduce(0) { $0 + room >> $1 }
    #expect(taken == room)
    #expect(zip(lengths, lengths.dropFirst()).allSatisfy { $0 >= $1 }, "the rarer have the longer codes")
  }

  @Test func `planes of the first versions, a frame each, are read, and damaged ones are named`() throws {
    var random = RandomStream(5)
    let values = random.normalTensor([150_001], deviation: 0.02)
    let count = values.count
    var planes = [UInt8](repeating: 0, count: 4 * count)
    planes.withUnsafeMutableBufferPointer { planes in
      guard let base = planes.baseAddress else { return }
      BytePlanes.split(values.pointer, count, into: (0..<4).map { base + $0 * count })
    }
    let frames = (0..<4).map { plane in
      let bytes = Array(planes[plane * count..<(plane + 1) * count])
      var frame = [UInt8](repeating: 0, count: ZSTD_compressBound(count))
      let length = ZSTD_compress(&frame, frame.count, bytes, count, 1)
      return Array(frame.prefix(length))
    }
    let encoder = try ChunkEncoder(planes: 4, level: 1, path: "")
    try encoder.encode(values.pointer, count)
    for given in [frames, encoder.planes.map { Array($0.bytes) }] {
      let decoded = Self.decoded(given, count)
      // Not in #expect: it would look for the shortest difference of 150,001 numbers.
      let isSame = decoded.values == values.array
      #expect(decoded.fault == nil && isSame)
      for plane in 0..<4 {
        var cut = given
        cut[plane].removeLast()
        #expect(Self.decoded(cut, count).fault == plane)
        cut[plane] = []
        #expect(Self.decoded(cut, count).fault == plane)
        cut[plane] = given[plane] + given[plane]
        #expect(Self.decoded(cut, count).fault == plane)
      }
    }
  }

  private static func decoded(_ planes: [[UInt8]], _ count: Int) -> (fault: Int?, values: [Float]) {
    var values = [Float](repeating: .nan, count: count)
    let joined = planes.flatMap { $0 }
    let fault = joined.withUnsafeBytes { bytes in
      var start = 0
      let parts = planes.map { plane in
        defer { start += plane.count }
        return UnsafeRawBufferPointer(rebasing: bytes[start..<start + plane.count])
      }
      return values.withUnsafeMutableBufferPointer { values in
        values.baseAddress.flatMap { PlaneDecoder().decode(parts, count, into: $0) }
      }
    }
    return (fault, values)
  }
}
