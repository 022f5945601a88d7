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
      let encoder = try ChunkEncoder(planes: 4, level: level, path: path)
      for piece in cut(pieces) {
        try encoder.encode(piece.pointer, piece.count)
        var chunk = ShardRecord.Chunk(tensor: piece.tensor, first: piece.first, count: piece.count, planes: [])
        for plane in encoder.planes {
          let hash = XXH64.text(XXH64.hash(plane.bytes))
          chunk.planes.append(ShardRecord.Plane(offset: file.bytes, length: plane.bytes.count, xxh64: hash))
          try file.write(plane.bytes)
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

  /// Reads a shard back from the device and compares every checksum. Throws `damaged`, or `system` with an action that
  /// says that it was being written.
  static func verify(_ record: ShardRecord, in directory: String) throws(CheckpointError) {
    do throws(CheckpointError) {
      let file = try InputFile(path: "\(directory)/\(record.file)")
      guard file.bytes == record.bytes else {
        throw .damaged(path: file.path, fault: .size(expected: record.bytes, found: file.bytes))
      }
      file.forget()
      for chunk in record.chunks { _ = try chunk.checkedFrames(in: file) }
    } catch .system(_, let path, let code) {
      throw .system(action: "read back", path: path, errno: code)
    }
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
