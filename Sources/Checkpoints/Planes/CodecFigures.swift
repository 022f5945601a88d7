import Glibc
import Tensors

/// What byte planes under zstd make of numbers in memory, on one thread.
public struct CodecFigures: Equatable, Sendable {
  /// Bytes of the numbers.
  public let bytes: Int
  /// Bytes of the frames.
  public let compressedBytes: Int
  /// Seconds of the fastest of several rounds: from numbers to frames in one piece of memory, each plane of each chunk
  /// with its checksum, as for a checkpoint.
  public let compressSeconds: Double
  /// Seconds of the fastest round: checksums compared, numbers put together.
  public let decompressSeconds: Double

  /// fp32. Throws `compression`, or `damaged` if a number did not come back to the bit.
  public static func measure(_ tensor: Tensor, rounds: Int) throws(CheckpointError) -> CodecFigures {
    let back = Tensor(uninitialized: tensor.shape)
    let decoder = PlaneDecoder()
    return try measure(
      count: tensor.count, width: 4, rounds: rounds, original: tensor.pointer, back: back.sharedPointer,
      encode: { (encoder, start, count) throws(CheckpointError) in
        try encoder.encode(tensor.pointer + start, count)
      },
      decode: { decoder.decode($0, $2, into: back.sharedPointer + $1) })
  }

  /// bf16. Throws `compression`, or `damaged` if a number did not come back to the bit.
  public static func measure(_ tensor: BFloat16Tensor, rounds: Int) throws(CheckpointError) -> CodecFigures {
    let back = UnsafeMutablePointer<UInt16>.allocate(capacity: tensor.count)
    defer { back.deallocate() }
    let decoder = PlaneDecoder()
    return try measure(
      count: tensor.count, width: 2, rounds: rounds, original: tensor.pointer, back: back,
      encode: { (encoder, start, count) throws(CheckpointError) in
        try encoder.encode(bfloat16: tensor.pointer + start, count)
      },
      decode: { decoder.decode($0, $2, into: back + $1) })
  }

  private struct Plane {
    let range: Range<Int>
    let checksum: UInt64
  }

  private static func measure(
    count: Int, width: Int, rounds: Int, original: UnsafeRawPointer, back: UnsafeRawPointer,
    encode: (ChunkEncoder, _ start: Int, _ count: Int) throws(CheckpointError) -> Void,
    decode: (_ planes: [UnsafeRawBufferPointer], _ start: Int, _ count: Int) -> Int?
  ) throws(CheckpointError) -> CodecFigures {
    precondition(count > 0 && rounds > 0, "CodecFigures: \(count) numbers, \(rounds) rounds")
    let encoder = try ChunkEncoder(planes: width, level: 1, path: "memory")
    let frames = FrameBuffer()
    let chunk = ShardRecord.largestChunk
    var (compress, decompress) = (Double.infinity, Double.infinity)
    for _ in 0..<rounds {
      frames.clear()
      var planes: [Plane] = []
      var began = ContinuousClock.now
      for start in stride(from: 0, to: count, by: chunk) {
        try encode(encoder, start, min(chunk, count - start))
        for plane in encoder.planes {
          let begin = frames.bytes.count
          frames.append(plane.bytes)
          planes.append(Plane(range: begin..<frames.bytes.count, checksum: XXH64.hash(plane.bytes)))
        }
      }
      compress = min(compress, (ContinuousClock.now - began) / .seconds(1))
      began = ContinuousClock.now
      for (number, start) in stride(from: 0, to: count, by: chunk).enumerated() {
        let own = planes[number * width..<(number + 1) * width]
        let parts = own.map { UnsafeRawBufferPointer(rebasing: frames.bytes[$0.range]) }
        guard zip(own, parts).allSatisfy({ XXH64.hash($1) == $0.checksum }),
          decode(parts, start, min(chunk, count - start)) == nil
        else { throw .damaged(path: "memory", fault: .chunkContent(tensor: "all", first: start, plane: 0)) }
      }
      decompress = min(decompress, (ContinuousClock.now - began) / .seconds(1))
      guard memcmp(original, back, count * width) == 0 else {
        throw .damaged(path: "memory", fault: .chunkContent(tensor: "all", first: 0, plane: 0))
      }
    }
    return CodecFigures(
      bytes: count * width, compressedBytes: frames.bytes.count, compressSeconds: compress,
      decompressSeconds: decompress)
  }
}
