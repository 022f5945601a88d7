/// The frames of all byte planes of numbers, made 64 KiB of each plane at a time, so that it happens in the processor's
/// cache. The memory is kept from chunk to chunk.
final class ChunkEncoder {
  /// The frames of each plane, the lowest first; those of the last call.
  let planes: [FrameBuffer]
  private let compressor: PlaneCompressor
  private let scratch: UnsafeMutablePointer<UInt8>
  /// Of each plane, what became of its last block.
  private var isStored: [Bool]

  /// `planes`: bytes of a number. `level`: of zstd; `path`: for errors.
  init(planes: Int, level: Int, path: String) throws(CheckpointError) {
    compressor = try PlaneCompressor(level: level, path: path)
    self.planes = (0..<planes).map { _ in FrameBuffer() }
    isStored = [Bool](repeating: false, count: planes)
    scratch = .allocate(capacity: planes * ZstdFrame.largestBlock)
  }

  deinit { scratch.deallocate() }

  func encode(_ floats: UnsafePointer<Float>, _ count: Int) throws(CheckpointError) {
    try encode(count) { BytePlanes.split(floats + $0, $1, into: $2) }
  }

  func encode(bfloat16 values: UnsafePointer<UInt16>, _ count: Int) throws(CheckpointError) {
    try encode(count) { FeaturePlanes.split(values + $0, $1, into: $2) }
  }

  /// `split` puts so many numbers from the given one on into the given planes.
  private func encode(
    _ count: Int, _ split: (_ start: Int, _ count: Int, _ planes: [UnsafeMutablePointer<UInt8>]) -> Void
  ) throws(CheckpointError) {
    for plane in planes { plane.clear() }
    for start in stride(from: 0, to: count, by: ZstdFrame.largestBlock) {
      let block = min(ZstdFrame.largestBlock, count - start)
      // What was noise will be noise again, and stays where it is put.
      let places = planes.indices.map {
        isStored[$0] ? PlaneCompressor.place(block, in: planes[$0]) : scratch + $0 * ZstdFrame.largestBlock
      }
      split(start, block, places)
      for (number, plane) in planes.enumerated() {
        isStored[number] = try compressor.append(
          UnsafeRawBufferPointer(start: places[number], count: block), to: plane)
      }
    }
  }
}
