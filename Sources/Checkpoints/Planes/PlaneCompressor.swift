import CZstd

/// Makes zstd frames of a plane of bytes: one of every 64 KiB, each stored, coded or compressed as suits it best.
///
/// Most planes are noise and are stored, at the speed of copying. Exponents have bytes that are frequent but no strings
/// that come again: they get a Huffman code and nothing else. Where one byte is nearly all there is, such as the moments
/// of embeddings that never occurred, strings do come again, and zstd looks for them. `zstd -d` reads all of it.
/// The same plane gives the same frames on every rank.
final class PlaneCompressor {
  private let context: OpaquePointer
  private let level: Int32
  private let path: String
  private let encoder = HuffmanEncoder()
  private let counts = UnsafeMutableBufferPointer<UInt32>.allocate(capacity: 4 * 256)

  /// `level`: of zstd, for what is left to it. `path` is for errors only.
  init(level: Int, path: String) throws(CheckpointError) {
    guard let context = ZSTD_createCCtx() else { throw .compression(path: path, reason: "no memory for zstd") }
    self.context = context
    self.path = path
    self.level = Int32(clamping: min(max(level, Int(ZSTD_minCLevel())), Int(ZSTD_maxCLevel())))
  }

  deinit {
    ZSTD_freeCCtx(context)
    counts.deallocate()
  }

  /// Appends the frame of at most `ZstdFrame.largestBlock` bytes.
  func append(_ block: UnsafeRawBufferPointer, to frames: FrameBuffer) throws(CheckpointError) {
    guard let base = block.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return }
    let target = frames.room(ZSTD_compressBound(block.count) + ZstdFrame.overhead)
    if block.count < 1024 {
      frames.grow(by: try zstd(block, level: level, isHuffmanOnly: false, into: target))
    } else if mayShrink(base, block.count) {
      frames.grow(by: try shrunk(block, base, into: target))
    } else {
      frames.grow(by: stored(base, block.count, into: target))
    }
  }

  private func stored(_ base: UnsafePointer<UInt8>, _ count: Int, into target: UnsafeMutablePointer<UInt8>) -> Int {
    let head = ZstdFrame.writeHead(count: count, .raw, length: count, to: target)
    (target + head).update(from: base, count: count)
    return head + count
  }

  /// Whether a sample of a thirty-second has bytes that are more frequent than chance makes them.
  private func mayShrink(_ base: UnsafePointer<UInt8>, _ count: Int) -> Bool {
    guard let table = counts.baseAddress else { return false }
    table.update(repeating: 0, count: 256)
    let pieces = max(1, count / 4096)
    let distance = count / pieces
    for piece in 0..<pieces {
      for index in piece &* distance..<piece &* distance &+ 128 { table[Int(base[index])] &+= 1 }
    }
    var squares: UInt32 = 0
    for index in 0..<256 { squares &+= table[index] &* table[index] }
    // Of n bytes without preference: n² / 256 for the pairs, and n for each byte with itself.
    let sample = UInt32(128 * pieces)
    let chance = sample * sample / 256 + sample
    return squares > chance + chance / 8
  }

  private func shrunk(
    _ block: UnsafeRawBufferPointer, _ base: UnsafePointer<UInt8>, into target: UnsafeMutablePointer<UInt8>
  ) throws(CheckpointError) -> Int {
    let (count, counts) = (block.count, count(base, block.count))
    let most = Int(counts.max() ?? 0)
    if most == count {
      let head = ZstdFrame.writeHead(count: count, .rle, length: count, to: target)
      target[head] = base[0]
      return head + 1
    }
    if most > count / 8 * 7 { return try zstd(block, level: level, isHuffmanOnly: false, into: target) }
    if counts[HuffmanCode.symbols...].contains(where: { $0 > 0 }) {
      return try zstd(block, level: level, isHuffmanOnly: true, into: target)
    }
    let code = HuffmanCode(counts)
    // Description, sizes and ends of the streams are a fraction of what is worth a stored block.
    if code.bits(counts) / 8 > count - count / 32 { return stored(base, count, into: target) }
    // The block's length is known only behind its head, which is as long whatever it says.
    let head = ZstdFrame.writeHead(count: count, .compressed, length: 0, to: target)
    var length = encoder.encode(base, count, code: code, into: target + head)
    // No sequences: all of it are literals.
    target[head + length] = 0
    length += 1
    return ZstdFrame.writeHead(count: count, .compressed, length: length, to: target) + length
  }

  /// How often each byte occurs. Four tables: a byte that comes twice in a row would wait for itself.
  private func count(_ base: UnsafePointer<UInt8>, _ count: Int) -> UnsafeBufferPointer<UInt32> {
    guard let table = counts.baseAddress else { return UnsafeBufferPointer(counts) }
    table.update(repeating: 0, count: 4 * 256)
    var index = 0
    while index &+ 8 <= count {
      let eight = UnsafeRawPointer(base + index).loadUnaligned(as: UInt64.self)
      table[Int(truncatingIfNeeded: eight & 255)] &+= 1
      table[Int(truncatingIfNeeded: 256 | eight &>> 8 & 255)] &+= 1
      table[Int(truncatingIfNeeded: 512 | eight &>> 16 & 255)] &+= 1
      table[Int(truncatingIfNeeded: 768 | eight &>> 24 & 255)] &+= 1
      table[Int(truncatingIfNeeded: eight &>> 32 & 255)] &+= 1
      table[Int(truncatingIfNeeded: 256 | eight &>> 40 & 255)] &+= 1
      table[Int(truncatingIfNeeded: 512 | eight &>> 48 & 255)] &+= 1
      table[Int(truncatingIfNeeded: 768 | eight &>> 56)] &+= 1
      index &+= 8
    }
    while index < count {
      table[Int(base[index])] &+= 1
      index &+= 1
    }
    for byte in 0..<256 { table[byte] &+= table[256 &+ byte] &+ table[512 &+ byte] &+ table[768 &+ byte] }
    return UnsafeBufferPointer(start: table, count: 256)
  }

  /// A frame by zstd. `isHuffmanOnly`: it does not look for repeated strings.
  private func zstd(
    _ block: UnsafeRawBufferPointer, level: Int32, isHuffmanOnly: Bool, into target: UnsafeMutablePointer<UInt8>
  ) throws(CheckpointError) -> Int {
    ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, isHuffmanOnly ? ZSTD_minCLevel() : level)
    _ = czstd_always_compress_literals(context, isHuffmanOnly ? 1 : 0)
    let length = ZSTD_compress2(
      context, target, ZSTD_compressBound(block.count), block.baseAddress, block.count)
    if ZSTD_isError(length) != 0 {
      throw .compression(path: path, reason: String(cString: ZSTD_getErrorName(length)))
    }
    return length
  }
}
