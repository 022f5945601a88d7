import Glibc

/// Writes the shard of one rank. Memory: one chunk in planes and one compressed plane, about 6 MB.
enum ShardWriter {
  static func write(
    to directory: String, rank: Int, ranks: Int, tensors: [CheckpointTensor], level: Int
  ) throws(CheckpointError) -> ShardRecord {
    precondition(ranks > 0 && rank >= 0 && rank < ranks, "writeShard: rank \(rank) of \(ranks)")
    let total = tensors.reduce(0) { $0 + $1.count }
    let name = ShardRecord.file(rank: rank, ranks: ranks)
    let path = "\(directory)/\(name)"
    var record = ShardRecord(rank: rank, ranks: ranks, file: name, bytes: 0, total: total, chunks: [])
    do throws(CheckpointError) {
      let file = try DurableFile(path: path)
      let compressor = try PlaneCompressor(level: level, path: path)
      let planes = UnsafeMutablePointer<UInt8>.allocate(capacity: 4 * ShardRecord.largestChunk)
      defer { planes.deallocate() }
      for piece in pieces(of: tensors, from: bound(total, rank, ranks), to: bound(total, rank + 1, ranks)) {
        let tensor = tensors[piece.tensor]
        precondition(tensor.descriptor.count == tensor.count, "\(tensor.name): \(tensor.count) of \(tensor.shape)")
        BytePlanes.split(tensor.pointer + piece.first, piece.count, into: planes)
        var chunk = ShardRecord.Chunk(tensor: tensor.name, first: piece.first, count: piece.count, planes: [])
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

  /// total * rank / ranks without overflow.
  static func bound(_ total: Int, _ rank: Int, _ ranks: Int) -> Int {
    total / ranks * rank + total % ranks * rank / ranks
  }

  /// The elements `from` ..< `to` of all tensors end to end, cut at the borders of tensors and of chunks.
  private static func pieces(
    of tensors: [CheckpointTensor], from: Int, to: Int
  ) -> [(tensor: Int, first: Int, count: Int)] {
    var result: [(tensor: Int, first: Int, count: Int)] = []
    var start = 0
    for (index, tensor) in tensors.enumerated() {
      var first = max(from - start, 0)
      let end = min(to - start, tensor.count)
      while first < end {
        let count = min(ShardRecord.largestChunk, end - first)
        result.append((index, first, count))
        first += count
      }
      start += tensor.count
    }
    return result
  }
}
