/// Bytes that are appended where they lie; the memory is kept.
final class FrameBuffer {
  private var base = UnsafeMutablePointer<UInt8>.allocate(capacity: 0)
  private var capacity = 0
  private var count = 0

  deinit { base.deallocate() }

  var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base, count: count) }

  func clear() { count = 0 }

  /// Where the next `bytes` bytes may be written.
  func room(_ bytes: Int) -> UnsafeMutablePointer<UInt8> {
    if count + bytes > capacity {
      let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: max(count + bytes, 2 * capacity))
      larger.update(from: base, count: count)
      base.deallocate()
      base = larger
      capacity = max(count + bytes, 2 * capacity)
    }
    return base + count
  }

  func append(_ bytes: UnsafeRawBufferPointer) {
    guard let source = bytes.baseAddress else { return }
    UnsafeMutableRawPointer(room(bytes.count)).copyMemory(from: source, byteCount: bytes.count)
    grow(by: bytes.count)
  }

  /// So many of them were written.
  func grow(by bytes: Int) { count += bytes }
}
