/// The outside of a zstd frame of one block: content size, no dictionary, and no checksum, because whoever keeps frames
/// has one of them as they are.
enum ZstdFrame {
  /// Bytes of content that a frame has at most. (A block of zstd's may have twice that.)
  static let largestBlock = 1 << 16
  /// Bytes that a frame adds to its block at most.
  static let overhead = 12

  enum Block: UInt32 {
    case raw, rle, compressed
  }

  /// The length of the head of a frame of `count` bytes.
  static func headLength(_ count: Int) -> Int { count < 256 ? 9 : 10 }

  /// Writes the head of a frame of `count` bytes whose only block has this kind and length; returns its own length.
  static func writeHead(count: Int, _ block: Block, length: Int, to target: UnsafeMutablePointer<UInt8>) -> Int {
    precondition(count > 0 && count <= largestBlock, "ZstdFrame: \(count) bytes")
    var out = target
    func put(_ value: UInt32, _ bytes: Int) {
      for byte in 0..<bytes { out[byte] = UInt8(truncatingIfNeeded: value >> UInt32(8 * byte)) }
      out += bytes
    }
    put(0xFD2F_B528, 4)
    // A single segment; the content size in one byte, or in two from 256 on.
    put(count < 256 ? 0x20 : 0x60, 1)
    if count < 256 { put(UInt32(count), 1) } else { put(UInt32(count - 256), 2) }
    put(1 | block.rawValue << 1 | UInt32(length) << 3, 3)
    return out - target
  }

  /// The length of the head if the frame is one of ours and has `count` bytes of content stored as they are.
  static func headOfStored(_ frame: UnsafeRawBufferPointer, count: Int) -> Int? {
    let head = headLength(count)
    return frame.count >= head + count && begins(frame, count: count, .raw, length: count) ? head : nil
  }

  /// The literals in the frame at the begin of `frames` and the length of all of it, if the frame is one of ours and has
  /// `count` bytes of content that are nothing but coded literals.
  static func literals(_ frames: UnsafeRawBufferPointer, count: Int) -> (Range<Int>, length: Int)? {
    let head = headLength(count)
    guard frames.count > head else { return nil }
    let size = UInt32(frames[head - 3]) | UInt32(frames[head - 2]) << 8 | UInt32(frames[head - 1]) << 16
    let length = Int(size >> 3)
    // At the end there are no sequences.
    guard length > 1, head + length <= frames.count, begins(frames, count: count, .compressed, length: length),
      frames[head + length - 1] == 0
    else { return nil }
    return (head..<head + length - 1, head + length)
  }

  /// Whether `frame`, which is longer than the head, begins with what `writeHead` writes.
  private static func begins(_ frame: UnsafeRawBufferPointer, count: Int, _ block: Block, length: Int) -> Bool {
    guard count > 0, count <= largestBlock else { return false }
    return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: overhead) { expected in
      guard let base = expected.baseAddress else { return false }
      let head = writeHead(count: count, block, length: length, to: base)
      return (0..<head).allSatisfy { frame[$0] == base[$0] }
    }
  }
}
