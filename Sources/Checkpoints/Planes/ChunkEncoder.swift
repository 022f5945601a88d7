/// The frames of all byte planes of numbers, made 64 KiB of each plane at a time, so that it happens in the processor's
/// cache. The memory is kept from chunk to chunk.
final class ChunkEncoder {
  /// The frames of each plane, the lowest first; those of the last call.
  let planes: [FrameBuffer]
  private let compressor: PlaneCompressor
  private let scratch: UnsafeMutablePointer<UInt8>

  /// `planes`: bytes of a number. `level`: of zstd; `path`: for errors.
  init(planes: Int, level: Int, path: String) throws(CheckpointError) {
    compressor = try PlaneCompressor(level: level, path: path)
    self.planes = (0..<planes).map { _ in FrameBuffer() }
    scratch = .allocate(capacity: planes * ZstdFrame.largestBlock)
  }

  deinit { scratch.deallocate() }

  func encode(_ floats: UnsafePointer<Float>, _ count: Int) throws(CheckpointError) {
    try encode(count) { BytePlanes.split(floats + $0, $1, into: scratch) }
  }

  func encode(bfloat16 values: UnsafePointer<UInt16>, _ count: Int) throws(CheckpointError) {
    try encode(count) { FeaturePlanes.split(values + $0, $1, into: scratch) }
  }

  /// `split` puts so many numbers from the given one on into `scratch`.
  private func encode(_ count: Int, _ split: (_ start: Int, _ count: Int) -> Void) throws(CheckpointError) {
    for plane in planes { plane.clear() }
    for start in stride(from: 0, to: count, by: ZstdFrame.largestBlock) {
      let block = min(ZstdFrame.largestBlock, count - start)
      split(start, block)
      for (number, plane) in planes.enumerated() {
        try compressor.append(UnsafeRawBufferPointer(start: scratch + number * block, count: block), to: plane)
      }
    }
  }
}
