import CIntrinsics

/// Bytes as zstd's four Huffman-coded streams: 64 bytes at a time where the processor has AVX-512 VBMI, else two bytes at
/// a time, where one look-up tells the code of a pair.
///
/// Unlike libzstd it does not look for repeated strings, of which exponents have none, and so it is several times as fast.
final class HuffmanEncoder {
  /// For each pair of bytes (the second one in the high byte of the index) its code above its length in the low 6 bits;
  /// valid where both bytes occur.
  private let pairs = UnsafeMutablePointer<UInt32>.allocate(capacity: 1 << 16)
  /// Four streams of at most 11 bits a byte, and what a last store may reach beyond.
  private let streams = UnsafeMutablePointer<UInt8>.allocate(capacity: 4 * streamRoom)
  private static let streamRoom = ZstdFrame.largestBlock / 4 * HuffmanCode.mostBits / 8 + 64

  private let vectors: Bool
  /// Of all symbols, for vectors.
  private let codes = UnsafeMutablePointer<UInt8>.allocate(capacity: 2 * HuffmanCode.symbols)

  /// Whether this processor has the instructions.
  static let hasVectors = huffman_has_vectors()

  /// What `encode` may write at most, whatever the code: eight bytes are 11 at most, and description, sizes, ends of the
  /// streams and up to seven bytes more take less than 248.
  static func bound(_ count: Int) -> Int { count / 8 * HuffmanCode.mostBits + 248 + huffman_overhang }

  /// `vectors`: whether vectors of 64 bytes are used, which only a processor with them can. The streams are the same.
  init(vectors: Bool) { self.vectors = vectors }

  deinit {
    pairs.deallocate()
    streams.deallocate()
    codes.deallocate()
  }

  /// Gives a count of one to each byte that occurs and has a count of zero; false if one of them cannot be coded.
  func complete(
    _ counts: UnsafeMutableBufferPointer<UInt32>, _ bytes: UnsafePointer<UInt8>, _ count: Int
  ) -> Bool {
    vectors
      ? huffman_complete_vectors(bytes, count, counts.baseAddress)
      : huffman_complete(bytes, count, counts.baseAddress)
  }

  /// Appends a literals section of the bytes. `code` has all of them.
  /// - Parameter target: with room for `bound` bytes.
  /// - Returns: its length.
  func encode(
    _ bytes: UnsafePointer<UInt8>, _ count: Int, code: HuffmanCode, into target: UnsafeMutablePointer<UInt8>
  ) -> Int {
    let description = code.description
    (target + 5).update(from: description, count: description.count)
    let sizes = target + 5 + description.count
    let lengths =
      vectors ? byVectors(bytes, count, code, into: sizes + 6) : byPairs(bytes, count, code, into: sizes + 6)
    for stream in 0..<3 {
      sizes[2 * stream] = UInt8(truncatingIfNeeded: lengths[stream])
      sizes[2 * stream + 1] = UInt8(truncatingIfNeeded: lengths[stream] >> 8)
    }
    let length = description.count + 6 + lengths.reduce(0, +)
    // Huffman-coded, four streams, sizes of 18 bits.
    let header = UInt64(2 | 3 << 2 | count << 4 | length << 22)
    for byte in 0..<5 { target[byte] = UInt8(truncatingIfNeeded: header >> UInt64(8 * byte)) }
    return 5 + length
  }

  private func byVectors(
    _ bytes: UnsafePointer<UInt8>, _ count: Int, _ code: HuffmanCode, into target: UnsafeMutablePointer<UInt8>
  ) -> [Int] {
    let lengths = codes + HuffmanCode.symbols
    for symbol in 0..<HuffmanCode.symbols {
      codes[symbol] = UInt8(truncatingIfNeeded: code.codes[symbol])
      lengths[symbol] = UInt8(truncatingIfNeeded: code.lengths[symbol])
    }
    let segment = (count + 3) / 4
    var out = target
    return (0..<4).map { stream in
      let length = huffman_encode_vectors(
        bytes + stream * segment, min(segment, count - stream * segment), codes, lengths, out)
      out += length
      return length
    }
  }

  private func byPairs(
    _ bytes: UnsafePointer<UInt8>, _ count: Int, _ code: HuffmanCode, into target: UnsafeMutablePointer<UInt8>
  ) -> [Int] {
    fill(code)
    let segment = (count + 3) / 4
    let rest = count - 3 * segment
    // What all four have, in twos of pairs; the few bytes more at their ends go one by one.
    let joint = min(segment, rest) & ~3
    var writers: [Writer] = []
    for stream in 0..<4 {
      var writer = Writer(streams + stream * Self.streamRoom)
      let start = bytes + stream * segment
      for index in stride(from: (stream == 3 ? rest : segment) - 1, through: joint, by: -1) {
        let symbol = Int(start[index])
        writer.put(UInt64(code.codes[symbol]), UInt64(code.lengths[symbol]))
        writer.flush()
      }
      writers.append(writer)
    }
    // Two streams at a time fill the processor's registers.
    for stream in [0, 2] {
      let (a, b) = Self.encode(
        pairs, bytes + stream * segment, bytes + (stream + 1) * segment, joint, writers[stream], writers[stream + 1])
      (writers[stream], writers[stream + 1]) = (a, b)
    }
    var out = target
    return (0..<4).map { stream in
      let start = streams + stream * Self.streamRoom
      let length = writers[stream].finish(from: start)
      out.update(from: start, count: length)
      out += length
      return length
    }
  }

  private func fill(_ code: HuffmanCode) {
    for second in code.used {
      let (low, bits) = (code.codes[second], code.lengths[second])
      let row = pairs + second << 8
      for first in code.used {
        row[first] = (code.codes[first] << UInt32(bits) | low) << 6 | UInt32(bits + code.lengths[first])
      }
    }
  }

  /// A stream is read from its end, so it is written from the last byte to the first.
  private struct Writer {
    var out: UnsafeMutablePointer<UInt8>
    var bits: UInt64 = 0
    var count: UInt64 = 0

    init(_ out: UnsafeMutablePointer<UInt8>) { self.out = out }

    @inline(__always)
    mutating func put(_ code: UInt64, _ length: UInt64) {
      bits |= code &<< count
      count &+= length
    }

    /// Hands over whole bytes; after it, less than 8 bits are left.
    @inline(__always)
    mutating func flush() {
      UnsafeMutableRawPointer(out).storeBytes(of: bits.littleEndian, as: UInt64.self)
      out += Int(truncatingIfNeeded: count &>> 3)
      bits = bits &>> (count & ~7)
      count &= 7
    }

    /// Puts the mark of the end and returns the length of the stream.
    mutating func finish(from start: UnsafeMutablePointer<UInt8>) -> Int {
      put(1, 1)
      out[0] = UInt8(truncatingIfNeeded: bits)
      return out - start + 1
    }
  }

  private static func encode(
    _ pairs: UnsafePointer<UInt32>, _ first: UnsafePointer<UInt8>, _ second: UnsafePointer<UInt8>, _ count: Int,
    _ a: Writer, _ b: Writer
  ) -> (Writer, Writer) {
    var (a, b) = (a, b)
    var index = count
    while index > 0 {
      index &-= 4
      let four = UnsafeRawPointer(first + index).loadUnaligned(as: UInt32.self)
      let other = UnsafeRawPointer(second + index).loadUnaligned(as: UInt32.self)
      let (a1, a0) = (UInt64(pairs[Int(four &>> 16)]), UInt64(pairs[Int(four & 0xFFFF)]))
      let (b1, b0) = (UInt64(pairs[Int(other &>> 16)]), UInt64(pairs[Int(other & 0xFFFF)]))
      a.put(a1 &>> 6, a1 & 63)
      a.put(a0 &>> 6, a0 & 63)
      a.flush()
      b.put(b1 &>> 6, b1 & 63)
      b.put(b0 &>> 6, b0 & 63)
      b.flush()
    }
    return (a, b)
  }
}
