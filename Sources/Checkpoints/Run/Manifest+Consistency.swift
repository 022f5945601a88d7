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

  /// The planes of a shard lie end to end and are no longer than zstd can make them.
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

  /// The chunks of a tensor, whichever ranks have them, lie end to end from its first element to its last.
  private func coverage(_ counts: [String: Int]) -> String? {
    var ranges: [String: [(first: Int, count: Int)]] = [:]
    for chunk in shards.lazy.flatMap(\.chunks) { ranges[chunk.tensor, default: []].append((chunk.first, chunk.count)) }
    for name in ranges.keys.sorted() where counts[name] == nil { return "a chunk of \"\(name)\", which is not listed" }
    for tensor in tensors {
      var reached = 0
      for range in (ranges[tensor.name] ?? []).sorted(by: { $0.first < $1.first }) {
        guard range.first == reached else { return "a chunk of \"\(tensor.name)\" at \(range.first) out of place" }
        // Neither can overflow: a chunk has at most `largestChunk` elements.
        reached = range.first + range.count
      }
      if reached != counts[tensor.name] { return "\"\(tensor.name)\" is not complete" }
    }
    return nil
  }
}
