import CZstd

/// Makes zstd frames of a plane of bytes: one of every 64 KiB, each stored, coded or compressed as suits it best.
///
/// Most planes are noise and are stored, at the speed of copying. Exponents have bytes that are frequent but no strings
/// that come again: they get a Huffman code and nothing else, made for a sample of them. Where one byte is nearly all
/// there is, such as the moments of embeddings that never occurred, strings do come again, and zstd looks for them.
/// `zstd -d` reads all of it. The same plane gives the same frames on every rank, whatever its processor.
final class PlaneCompressor {
  /// Blocks from here on are judged by a sample: 16 bytes of every `sampleStride`, which takes every column of a matrix
  /// whose rows are a power of two in turn. Half of it tells noise.
  private static let sampledFrom = 1 << 15
  private static let sampleStride = 17 * 16

  /// Shorter blocks are left to zstd, which may store them.
  private static let codedFrom = 1 << 10

  private let context: OpaquePointer
  private let level: Int32
  private let path: String
  private let encoder: HuffmanEncoder
  private let histogram = ByteHistogram()
  private let moved = UnsafeMutablePointer<UInt8>.allocate(capacity: ZstdFrame.largestBlock)

  /// `level`: of zstd, for what is left to it. `path` is for errors only. `vectors`: whether AVX-512 is used, which only
  /// a processor with it can.
  init(level: Int, path: String, vectors: Bool = HuffmanEncoder.hasVectors) throws(CheckpointError) {
    guard let context = ZSTD_createCCtx() else { throw .compression(path: path, reason: "no memory for zstd") }
    self.context = context
    self.path = path
    self.level = Int32(clamping: min(max(level, Int(ZSTD_minCLevel())), Int(ZSTD_maxCLevel())))
    encoder = HuffmanEncoder(vectors: vectors)
  }

  deinit {
    ZSTD_freeCCtx(context)
    moved.deallocate()
  }

  /// Where a block of `count` bytes may be put for `append`: if it is stored, it lies there already.
  static func place(_ count: Int, in frames: FrameBuffer) -> UnsafeMutablePointer<UInt8> {
    frames.room(room(count)) + ZstdFrame.headLength(count)
  }

  /// What any kind of frame of `count` bytes takes at most, a code that does not suit them included.
  private static func room(_ count: Int) -> Int {
    ZstdFrame.overhead + max(ZSTD_compressBound(count), HuffmanEncoder.bound(count))
  }

  /// Appends the frame of at most `ZstdFrame.largestBlock` bytes. Returns whether they are stored as they are.
  func append(_ block: UnsafeRawBufferPointer, to frames: FrameBuffer) throws(CheckpointError) -> Bool {
    guard let base = block.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return true }
    let target = frames.room(Self.room(block.count))
    var bytes = base
    if block.count < Self.codedFrom || mayShrink(base, block.count) {
      if base == target + ZstdFrame.headLength(block.count) {
        moved.update(from: base, count: block.count)
        bytes = UnsafePointer(moved)
      }
      if let length = try shrunk(bytes, block.count, into: target) {
        frames.grow(by: length)
        return false
      }
    }
    frames.grow(by: stored(bytes, block.count, into: target))
    return true
  }

  private func stored(_ base: UnsafePointer<UInt8>, _ count: Int, into target: UnsafeMutablePointer<UInt8>) -> Int {
    let head = ZstdFrame.writeHead(count: count, .raw, length: count, to: target)
    if base != target + head { (target + head).update(from: base, count: count) }
    return head + count
  }

  /// Leaves the counts of all bytes or of half a sample.
  private func mayShrink(_ base: UnsafePointer<UInt8>, _ count: Int) -> Bool {
    histogram.clear()
    if count < Self.sampledFrom {
      histogram.add(base, count)
    } else {
      histogram.add(base, count, from: 0, stride: 2 * Self.sampleStride)
    }
    return histogram.hasStructure
  }

  /// nil: it does not gain.
  private func shrunk(
    _ base: UnsafePointer<UInt8>, _ count: Int, into target: UnsafeMutablePointer<UInt8>
  ) throws(CheckpointError) -> Int? {
    if count < Self.codedFrom { return try zstd(base, count, level: level, isHuffmanOnly: false, into: target) }
    if count >= Self.sampledFrom {
      histogram.add(base, count, from: Self.sampleStride, stride: 2 * Self.sampleStride)
      if most <= histogram.total / 8 * 7 {
        // Bytes that the sample missed need a code as well.
        guard encoder.complete(histogram.counts, base, count) else {
          return try zstd(base, count, level: level, isHuffmanOnly: true, into: target)
        }
        return coded(base, count, into: target)
      }
      histogram.clear()
      histogram.add(base, count)
    }
    if most == count {
      let head = ZstdFrame.writeHead(count: count, .rle, length: count, to: target)
      target[head] = base[0]
      return head + 1
    }
    if most > count / 8 * 7 { return try zstd(base, count, level: level, isHuffmanOnly: false, into: target) }
    if histogram.counts[HuffmanCode.symbols...].contains(where: { $0 > 0 }) {
      return try zstd(base, count, level: level, isHuffmanOnly: true, into: target)
    }
    return coded(base, count, into: target)
  }

  private var most: Int { Int(histogram.counts.max() ?? 0) }

  /// nil: it does not gain.
  private func coded(_ base: UnsafePointer<UInt8>, _ count: Int, into target: UnsafeMutablePointer<UInt8>) -> Int? {
    let code = HuffmanCode(UnsafeBufferPointer(histogram.counts))
    // The block's length is known only behind its head, which is as long whatever it says.
    let head = ZstdFrame.writeHead(count: count, .compressed, length: 0, to: target)
    var length = encoder.encode(base, count, code: code, into: target + head)
    // What is read faster if it is stored.
    if length > count - count / 32 { return nil }
    // No sequences: all of it are literals.
    target[head + length] = 0
    length += 1
    return ZstdFrame.writeHead(count: count, .compressed, length: length, to: target) + length
  }

  /// A frame by zstd. `isHuffmanOnly`: it does not look for repeated strings.
  private func zstd(
    _ base: UnsafePointer<UInt8>, _ count: Int, level: Int32, isHuffmanOnly: Bool,
    into target: UnsafeMutablePointer<UInt8>
  ) throws(CheckpointError) -> Int {
    ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, isHuffmanOnly ? ZSTD_minCLevel() : level)
    _ = czstd_always_compress_literals(context, isHuffmanOnly ? 1 : 0)
    let length = ZSTD_compress2(context, target, ZSTD_compressBound(count), base, count)
    if ZSTD_isError(length) != 0 {
      throw .compression(path: path, reason: String(cString: ZSTD_getErrorName(length)))
    }
    return length
  }
}
