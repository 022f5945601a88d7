import Tensors

extension SafetensorsWriter {
  /// Writes a model directory (which must exist): `model.safetensors`, or when that would exceed `maximumShardBytes`
  /// the files `model-00001-of-0000N.safetensors` and their index. A tensor is never split.
  ///
  /// Each file is replaced as a whole, the index last; the set of them is only whole when this returns, so export into
  /// a fresh directory. Throws `system` or `unusableName`.
  public static func writeDirectory(
    _ tensors: [(name: String, tensor: Tensor)], metadata: [String: String] = ["format": "pt"],
    to directory: String, maximumShardBytes: Int = 5_000_000_000
  ) throws(CheckpointError) {
    try checkNames(tensors, path: directory)
    let single = "\(directory)/\(ShardedSafetensors.singleFile)"
    let index = "\(directory)/\(ShardedSafetensors.indexFile)"
    let shards = shards(tensors, maximumBytes: maximumShardBytes)
    if shards.count <= 1 {
      try write(tensors, metadata: metadata, to: single)
      return try DurableFile.remove(index)
    }
    var weightMap: [(String, String)] = []
    for (number, shard) in shards.enumerated() {
      let file = "model-\(fiveDigits(number + 1))-of-\(fiveDigits(shards.count)).safetensors"
      try write(Array(tensors[shard]), metadata: metadata, to: "\(directory)/\(file)")
      weightMap += tensors[shard].map { ($0.name, file) }
    }
    let total = tensors.reduce(0) { $0 + 4 * $1.tensor.count }
    let lines = weightMap.map { "    \(jsonString($0)): \(jsonString($1))" }.joined(separator: ",\n")
    let text = "{\n  \"metadata\": {\n    \"total_size\": \(total)\n  },\n  \"weight_map\": {\n\(lines)\n  }\n}\n"
    try DurableFile.replace(index) { (file) throws(CheckpointError) in try file.write(Array(text.utf8)) }
    // Left from an earlier export it would be read instead of the shards.
    try DurableFile.remove(single)
  }

  /// Runs of tensors, each of at most `maximumBytes` unless one tensor alone has more.
  private static func shards(_ tensors: [(name: String, tensor: Tensor)], maximumBytes: Int) -> [Range<Int>] {
    var shards: [Range<Int>] = []
    var (start, bytes) = (0, 0)
    for (position, item) in tensors.enumerated() {
      let size = 4 * item.tensor.count
      if bytes > 0, bytes + size > maximumBytes {
        shards.append(start..<position)
        (start, bytes) = (position, 0)
      }
      bytes += size
    }
    return shards + [start..<tensors.count]
  }
}

/// `number` with leading zeros, as in the names of shards.
func fiveDigits(_ number: Int) -> String {
  let digits = String(number)
  return String(repeating: "0", count: max(0, 5 - digits.count)) + digits
}
