import Glibc

/// Writes the shard of one rank.
enum ShardWriter {
  static func write(
    to directory: String, rank: Int, ranks: Int, total: Int, pieces: [CheckpointPiece], level: Int
  ) throws(CheckpointError) -> ShardRecord {
    precondition(ranks > 0 && rank >= 0 && rank < ranks, "writeShard: rank \(rank) of \(ranks)")
    let name = ShardRecord.file(rank: rank, ranks: ranks)
    let path = "\(directory)/\(name)"
    var record = ShardRecord(rank: rank, ranks: ranks, file: name, bytes: 0, total: total, chunks: [])
    do throws(CheckpointError) {
      let file = try DurableFile(path: path)
      let compressor = try PlaneCompressor(level: level, path: path)
      let planes = UnsafeMutablePointer<UInt8>.allocate(capacity: 4 * ShardRecord.largestChunk)
      defer { planes.deallocate() }
      for piece in cut(pieces) {
        BytePlanes.split(piece.pointer, piece.count, into: planes)
        var chunk = ShardRecord.Chunk(tensor: piece.tensor, first: piece.first, count: piece.count, planes: [])
        for plane in 0..<4 {
          let bytes = UnsafeRawBufferPointer(start: planes + plane * piece.count, count: piece.count)
          try compressor.compress(bytes) { (frame) throws(CheckpointError) in
            let hash = XXH64.text(XXH64.hash(frame))
            chunk.planes.append(ShardRecord.Plane(offset: file.bytes, length: frame.count, xxh64: hash))
            try file.write(frame)
          }
        }
        record.chunks.append(chunk)
      }
      try file.finish()
      record.bytes = file.bytes
    } catch {
      // Space is what is missing most often: give it back at once.
      unlink(path)
      throw error
    }
    try DurableFile.syncDirectory(directory)
    return record
  }

  /// Reads a shard back from the device and compares every checksum.
  static func verify(_ record: ShardRecord, in directory: String) throws(CheckpointError) {
    let path = "\(directory)/\(record.file)"
    if access(path, F_OK) != 0, errno == ENOENT { throw .damaged(path: path, fault: .missingShard) }
    let file = try InputFile(path: path)
    guard file.bytes == record.bytes else {
      throw .damaged(path: path, fault: .size(expected: record.bytes, found: file.bytes))
    }
    file.forget()
    for chunk in record.chunks { _ = try chunk.checkedFrames(in: file) }
  }

  /// The pieces in parts of at most a chunk.
  private static func cut(_ pieces: [CheckpointPiece]) -> [CheckpointPiece] {
    pieces.flatMap { piece in
      stride(from: 0, to: piece.count, by: ShardRecord.largestChunk).map { start in
        CheckpointPiece(
          tensor: piece.tensor, first: piece.first + start,
          count: min(ShardRecord.largestChunk, piece.count - start), pointer: piece.pointer + start)
      }
    }
  }
}
