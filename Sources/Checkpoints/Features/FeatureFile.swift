/// What one rank has written, for reading: `rank-RRRRR.zst`, nothing but zstd frames end to end, and `rank-RRRRR.index`.
/// Both may grow meanwhile.
final class FeatureFile {
  private let frames: InputFile
  private let index: InputFile
  /// Bytes of the index that have been read.
  private var seen = 0

  static func frames(_ stem: String) -> String { stem + ".zst" }
  static func index(_ stem: String) -> String { stem + ".index" }

  /// `stem`: the path of both files without its ending.
  init(stem: String) throws(CheckpointError) {
    frames = try InputFile(path: Self.frames(stem))
    index = try InputFile(path: Self.index(stem))
  }

  /// The entries that have come since the last call; those that are damaged, or whose frames are not all there, are left
  /// out.
  func newRecords() throws(CheckpointError) -> [FeatureRecord] {
    let bytes = try index.contents(from: seen)
    let whole = bytes.count / FeatureRecord.size * FeatureRecord.size
    seen += whole
    let size = UInt64(try frames.currentBytes())
    return stride(from: 0, to: whole, by: FeatureRecord.size).compactMap { start in
      FeatureRecord(bytes[start..<start + FeatureRecord.size])
    }.filter { ($0.end ?? .max) <= size }
  }

  /// The `count` values of a record. Throws `system`, or `damaged` where they are not what was written.
  func values(_ record: FeatureRecord, count: Int) throws(CheckpointError) -> [UInt16] {
    var bytes = [UInt8](repeating: 0, count: record.length)
    try bytes.withUnsafeMutableBufferPointer { (buffer) throws(CheckpointError) in
      try frames.read(at: Int(record.offset), into: UnsafeMutableRawBufferPointer(buffer))
    }
    guard XXH64.hash(bytes) == record.checksum else {
      throw .damaged(path: frames.path, fault: .features(offset: Int(record.offset)))
    }
    var faulty: Int? = 0
    let values = [UInt16](unsafeUninitializedCapacity: count) { values, filled in
      guard let base = values.baseAddress else { return }
      faulty = bytes.withUnsafeBytes { bytes in
        let first = min(Int(record.lengths.mantissas), bytes.count)
        let planes = [bytes[..<first], bytes[first...]].map { UnsafeRawBufferPointer(rebasing: $0) }
        return PlaneDecoder().decode(planes, count, into: base)
      }
      filled = faulty == nil ? count : 0
    }
    guard faulty == nil else { throw .damaged(path: frames.path, fault: .features(offset: Int(record.offset))) }
    return values
  }
}
