import CZstd

extension Manifest {
  /// Why shards and tensors do not make up one checkpoint; nil if they do: every rank once, every element of every
  /// tensor once, every frame inside its shard.
  var inconsistency: String? {
    var counts: [String: Int] = [:]
    var total = 0
    for tensor in tensors {
      guard let count = tensor.count else { return "the shape \(tensor.shape) of \"\(tensor.name)\"" }
      let (sum, overflow) = total.addingReportingOverflow(count)
      if overflow { return "more elements than memory can address" }
      total = sum
      if counts.updateValue(count, forKey: tensor.name) != nil { return "\"\(tensor.name)\" is listed twice" }
    }
    if shards.isEmpty { return "no shards" }
    for (rank, shard) in shards.enumerated() {
      if shard.ranks != shards.count { return "\(shards.count) shards, but rank \(shard.rank) saw \(shard.ranks)" }
      if shard.rank != rank { return "the shard of rank \(rank) is missing or given twice" }
      if shard.file != ShardRecord.file(rank: rank, ranks: shards.count) { return "the shard name \"\(shard.file)\"" }
      if shard.total != total { return "rank \(rank) has \(shard.total) elements in all, not \(total)" }
      if let fault = fault(in: shard) { return fault }
    }
    return coverage(counts)
  }

  /// The frames of a shard lie end to end and are no longer than zstd can make them.
  private func fault(in shard: ShardRecord) -> String? {
    var position = 0
    for chunk in shard.chunks {
      guard chunk.count > 0, chunk.count <= ShardRecord.largestChunk, chunk.first >= 0, chunk.planes.count == 4 else {
        return "a chunk of \"\(chunk.tensor)\" in \(shard.file)"
      }
      for plane in chunk.planes {
        guard plane.offset == position, plane.length > 0, plane.length <= ZSTD_compressBound(chunk.count) else {
          return "a byte plane of \"\(chunk.tensor)\" in \(shard.file)"
        }
        position += plane.length
      }
    }
    return position == shard.bytes ? nil : "\(shard.file) has \(shard.bytes) bytes, its chunks \(position)"
  }

  /// By rank the chunks of a tensor come in order, each where the one before ends.
  private func coverage(_ counts: [String: Int]) -> String? {
    var reached: [String: Int] = [:]
    for chunk in shards.lazy.flatMap(\.chunks) {
      guard counts[chunk.tensor] != nil, reached[chunk.tensor, default: 0] == chunk.first else {
        return "a chunk of \"\(chunk.tensor)\" at \(chunk.first) out of place"
      }
      reached[chunk.tensor] = chunk.first + chunk.count
    }
    for tensor in tensors where reached[tensor.name, default: 0] != counts[tensor.name] {
      return "\"\(tensor.name)\" is not complete"
    }
    return nil
  }
}
