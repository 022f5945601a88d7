import CIntrinsics
import CZstd

/// Puts numbers together again from the frames of their byte planes, 64 KiB of each plane at a time, so that it happens
/// in the processor's cache; what is stored as it is, is used where it lies.
final class PlaneDecoder {
  private let context = ZSTD_createDCtx()
  private var scratch = [UInt8]()
  private let table = UnsafeMutablePointer<huffman_table>.allocate(capacity: 1)

  init() { table.initialize(to: huffman_table()) }

  deinit {
    ZSTD_freeDCtx(context)
    table.deallocate()
  }

  /// The number of the plane that is not `count` bytes in zstd frames; nil if all are.
  func decode(_ planes: [UnsafeRawBufferPointer], _ count: Int, into floats: UnsafeMutablePointer<Float>) -> Int? {
    decode(planes, count) { BytePlanes.join($0[0], $0[1], $0[2], $0[3], $2, into: floats + $1) }
  }

  /// The number of the plane that is not `count` bytes in zstd frames; nil if all are.
  func decode(
    _ planes: [UnsafeRawBufferPointer], _ count: Int, into bfloat16: UnsafeMutablePointer<UInt16>
  ) -> Int? {
    decode(planes, count) { FeaturePlanes.join($0[0], $0[1], $2, into: bfloat16 + $1) }
  }

  /// `join` takes a part of all planes: where their bytes are, the number of the first and how many they are.
  private func decode(
    _ planes: [UnsafeRawBufferPointer], _ count: Int,
    _ join: (_ contents: [UnsafePointer<UInt8>], _ start: Int, _ count: Int) -> Void
  ) -> Int? {
    let block = ZstdFrame.largestBlock
    if scratch.count < planes.count * block { scratch = [UInt8](repeating: 0, count: planes.count * block) }
    return scratch.withUnsafeMutableBufferPointer { scratch in
      guard let room = scratch.baseAddress else { return nil }
      var rest = planes
      for start in stride(from: 0, to: count, by: block) {
        var contents: [UnsafePointer<UInt8>] = []
        for plane in planes.indices {
          // Frames of another length are those of an older program.
          guard let content = next(&rest[plane], min(block, count - start), room + plane * block) else {
            return decodeWhole(planes, count, join)
          }
          contents.append(content)
        }
        join(contents, start, min(block, count - start))
      }
      return rest.firstIndex { !$0.isEmpty }
    }
  }

  /// The content of the frame at the begin of `rest`, which has `count` bytes, and moves on; nil if it has not.
  private func next(
    _ rest: inout UnsafeRawBufferPointer, _ count: Int, _ room: UnsafeMutablePointer<UInt8>
  ) -> UnsafePointer<UInt8>? {
    guard let base = rest.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return nil }
    if let head = ZstdFrame.headOfStored(rest, count: count) {
      rest = UnsafeRawBufferPointer(rebasing: rest[(head + count)...])
      return UnsafePointer(base + head)
    }
    // Faster than zstd, which has the last word on what this does not take.
    if let (literals, length) = ZstdFrame.literals(rest, count: count),
      huffman_decode(base + literals.lowerBound, literals.count, room, count, table)
    {
      rest = UnsafeRawBufferPointer(rebasing: rest[length...])
      return UnsafePointer(room)
    }
    let length = ZSTD_findFrameCompressedSize(base, rest.count)
    guard ZSTD_isError(length) == 0, ZSTD_getFrameContentSize(base, rest.count) == UInt64(count),
      ZSTD_decompressDCtx(context, room, count, base, length) == count
    else { return nil }
    rest = UnsafeRawBufferPointer(rebasing: rest[length...])
    return UnsafePointer(room)
  }

  private func decodeWhole(
    _ planes: [UnsafeRawBufferPointer], _ count: Int,
    _ join: (_ contents: [UnsafePointer<UInt8>], _ start: Int, _ count: Int) -> Void
  ) -> Int? {
    let bytes = UnsafeMutablePointer<UInt8>.allocate(capacity: planes.count * count)
    defer { bytes.deallocate() }
    for (index, plane) in planes.enumerated() {
      let length = ZSTD_decompressDCtx(context, bytes + index * count, count, plane.baseAddress, plane.count)
      if length != count { return index }
    }
    join(planes.indices.map { UnsafePointer(bytes + $0 * count) }, 0, count)
    return nil
  }
}
