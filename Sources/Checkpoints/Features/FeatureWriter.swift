import Glibc

/// Appends to the pair of files of one rank. Nothing waits for the disk: what a crash loses is computed again, and what
/// it leaves behind half-written is cut off or does not pass its checksum.
final class FeatureWriter {
  private let frames: (path: String, descriptor: Int32)
  private let index: (path: String, descriptor: Int32)
  private var framesEnd: Int
  private var indexEnd: Int
  private let encoder: ChunkEncoder

  /// Opens or makes the files. `records`: what the index has of whole entries.
  init(stem: String, records: [FeatureRecord]) throws(CheckpointError) {
    encoder = try ChunkEncoder(planes: 2, level: 1, path: FeatureFile.frames(stem))
    frames = try Self.open(FeatureFile.frames(stem))
    do throws(CheckpointError) {
      index = try Self.open(FeatureFile.index(stem))
    } catch {
      _ = close(frames.descriptor)
      throw error
    }
    framesEnd = records.reduce(0) { max($0, Int($1.end ?? 0)) }
    indexEnd = Int(lseek(index.descriptor, 0, SEEK_END)) / FeatureRecord.size * FeatureRecord.size
    cut()
  }

  deinit {
    _ = close(frames.descriptor)
    _ = close(index.descriptor)
  }

  /// Appends the features of a picture if the record takes at most `room` bytes, which it returns with their number; nil
  /// if it takes more. An error leaves the files as they were.
  func append(
    _ values: [UInt16], key: FeatureKey, room: Int
  ) throws(CheckpointError) -> (record: FeatureRecord, bytes: Int)? {
    try values.withUnsafeBufferPointer { (values) throws(CheckpointError) in
      guard let base = values.baseAddress else { return }
      try encoder.encode(bfloat16: base, values.count)
    }
    let bytes = encoder.planes.flatMap { Array($0.bytes) }
    let lengths = encoder.planes.map { UInt32($0.bytes.count) }
    let total = bytes.count + FeatureRecord.size
    guard total <= room else { return nil }
    let record = FeatureRecord(
      key: key, offset: UInt64(framesEnd), lengths: (lengths[0], lengths[1]), checksum: XXH64.hash(bytes))
    do throws(CheckpointError) {
      // The entry comes last: whoever reads it finds its frames.
      try Self.write(bytes, to: frames, at: framesEnd)
      try Self.write(record.encoded, to: index, at: indexEnd)
    } catch {
      cut()
      throw error
    }
    framesEnd += bytes.count
    indexEnd += FeatureRecord.size
    return (record, total)
  }

  /// Removes what lies behind the last whole record.
  private func cut() {
    _ = ftruncate(frames.descriptor, off_t(framesEnd))
    _ = ftruncate(index.descriptor, off_t(indexEnd))
  }

  private static func open(_ path: String) throws(CheckpointError) -> (path: String, descriptor: Int32) {
    let descriptor = Glibc.open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o644)
    if descriptor < 0 { throw .system(action: "create", path: path, errno: errno) }
    return (path, descriptor)
  }

  private static func write(
    _ bytes: [UInt8], to file: (path: String, descriptor: Int32), at offset: Int
  ) throws(CheckpointError) {
    try bytes.withUnsafeBufferPointer { (buffer) throws(CheckpointError) in
      try DurableFile.writeAll(UnsafeRawBufferPointer(buffer), path: file.path) { rest, done in
        pwrite(file.descriptor, rest.baseAddress, rest.count, off_t(offset + done))
      }
    }
  }
}
