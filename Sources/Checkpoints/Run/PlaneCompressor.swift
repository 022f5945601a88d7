import CZstd

/// Makes one zstd frame of a plane of bytes.
///
/// A frame has its content size and zstd's own checksum, so `zstd -d` reads it. Whether a plane is worth the work shows
/// in three small samples; one that is not gets zstd's fastest level, which stores it in raw blocks at about the speed
/// of copying. The same plane gives the same frame on every rank.
final class PlaneCompressor {
  private let context: OpaquePointer
  private let level: Int32
  private let path: String
  private var frame: [UInt8] = []
  private static let sample = 16 << 10

  /// `path` is for errors only.
  init(level: Int, path: String) throws(CheckpointError) {
    guard let context = ZSTD_createCCtx() else { throw .compression(path: path, reason: "no memory for zstd") }
    self.context = context
    self.path = path
    self.level = Int32(clamping: min(max(level, Int(ZSTD_minCLevel())), Int(ZSTD_maxCLevel())))
  }

  deinit { ZSTD_freeCCtx(context) }

  /// Calls `body` with the frame, valid during the call.
  func compress(
    _ plane: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) throws(CheckpointError) -> Void
  ) throws(CheckpointError) {
    let length = try frame(plane, level: try isWorthIt(plane) ? level : ZSTD_minCLevel())
    try frame.withUnsafeBufferPointer { (buffer) throws(CheckpointError) in
      try body(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(buffer)[..<length]))
    }
  }

  /// Whether a sample at the begin, in the middle or at the end shrinks by more than 3 %.
  private func isWorthIt(_ plane: UnsafeRawBufferPointer) throws(CheckpointError) -> Bool {
    if plane.count <= 4 * Self.sample { return true }
    for start in [0, (plane.count - Self.sample) / 2, plane.count - Self.sample] {
      let part = UnsafeRawBufferPointer(rebasing: plane[start..<start + Self.sample])
      if try frame(part, level: level) < Self.sample - Self.sample / 32 { return true }
    }
    return false
  }

  /// Fills `frame` and returns its length.
  private func frame(_ plane: UnsafeRawBufferPointer, level: Int32) throws(CheckpointError) -> Int {
    let bound = ZSTD_compressBound(plane.count)
    if frame.count < bound { frame = [UInt8](repeating: 0, count: bound) }
    ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, level)
    ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1)
    let length = frame.withUnsafeMutableBytes {
      ZSTD_compress2(context, $0.baseAddress, $0.count, plane.baseAddress, plane.count)
    }
    if ZSTD_isError(length) != 0 {
      throw .compression(path: path, reason: String(cString: ZSTD_getErrorName(length)))
    }
    return length
  }
}
