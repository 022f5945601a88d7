import Glibc

/// A checkpoint of a run, open for reading by any number of ranks, each of which reads what it needs.
public final class OpenCheckpoint {
  /// The directory `step-N`.
  public let path: String
  public let step: Int
  /// Number of ranks that wrote it.
  public let ranks: Int
  /// What the coordinator gave to `commit`.
  public let state: [UInt8]
  /// Bytes of all shards.
  public var bytes: Int { manifest.shardBytes }
  /// Names and shapes in the order in which they were saved.
  public let tensors: [CheckpointTensorDescriptor]
  let manifest: Manifest
  private let files: [InputFile]
  private let chunksOfTensor: [String: [(shard: Int, chunk: Int)]]

  /// Reads the manifest and checks that every shard is there and has its size. Throws `damaged`, `newerVersion` or
  /// `system`.
  public init(path: String) throws(CheckpointError) {
    manifest = try Self.manifest(of: path)
    var files: [InputFile] = []
    var chunksOfTensor: [String: [(shard: Int, chunk: Int)]] = [:]
    for shard in manifest.shards {
      let name = "\(path)/\(shard.file)"
      if access(name, F_OK) != 0, errno == ENOENT { throw .damaged(path: name, fault: .missingShard) }
      let file = try InputFile(path: name)
      guard file.bytes == shard.bytes else {
        throw .damaged(path: name, fault: .size(expected: shard.bytes, found: file.bytes))
      }
      for (index, chunk) in shard.chunks.enumerated() {
        chunksOfTensor[chunk.tensor, default: []].append((files.count, index))
      }
      files.append(file)
    }
    self.path = path
    self.files = files
    self.chunksOfTensor = chunksOfTensor
    step = manifest.step
    ranks = files.count
    state = Array(manifest.state)
    tensors = manifest.tensors
  }

  static func manifest(of path: String) throws(CheckpointError) -> Manifest {
    let name = "\(path)/\(Manifest.file)"
    if access(name, F_OK) != 0, errno == ENOENT { throw .damaged(path: path, fault: .noManifest) }
    return try Manifest(try InputFile(path: name).contents(), path: name)
  }

  /// Reads a whole tensor; every chunk is checked on the way. On an error the contents of `target` are undefined.
  /// Throws `noTensor`, `elementCount`, `damaged` or `system`.
  public func read(_ name: String, into target: UnsafeMutableBufferPointer<Float>) throws(CheckpointError) {
    guard let count = tensors.first(where: { $0.name == name })?.count else {
      throw .noTensor(path: path, tensor: name)
    }
    guard target.count == count else {
      throw .elementCount(path: path, tensor: name, expected: count, found: target.count)
    }
    try read(name, 0..<count, into: target)
  }

  /// Reads the elements `range` of a tensor; every chunk with some of them is checked on the way. On an error the contents
  /// of `target` are undefined. Throws `noTensor`, `elementCount`, `damaged` or `system`.
  public func read(
    _ name: String, _ range: Range<Int>, into target: UnsafeMutableBufferPointer<Float>
  ) throws(CheckpointError) {
    guard let count = tensors.first(where: { $0.name == name })?.count else {
      throw .noTensor(path: path, tensor: name)
    }
    guard target.count == range.count, range.clamped(to: 0..<count) == range else {
      throw .elementCount(path: path, tensor: name, expected: count, found: range.upperBound)
    }
    guard let base = target.baseAddress else { return }
    let decoder = PlaneDecoder()
    for place in chunksOfTensor[name] ?? [] {
      let chunk = manifest.shards[place.shard].chunks[place.chunk]
      let common = (chunk.first..<chunk.first + chunk.count).clamped(to: range)
      if common.isEmpty { continue }
      let destination = base + common.lowerBound - range.lowerBound
      guard common.count < chunk.count else {
        try decode(chunk, of: place.shard, decoder, into: destination)
        continue
      }
      let whole = UnsafeMutablePointer<Float>.allocate(capacity: chunk.count)
      defer { whole.deallocate() }
      try decode(chunk, of: place.shard, decoder, into: whole)
      destination.update(from: whole + common.lowerBound - chunk.first, count: common.count)
    }
  }

  private func decode(
    _ chunk: ShardRecord.Chunk, of shard: Int, _ decoder: PlaneDecoder, into target: UnsafeMutablePointer<Float>
  ) throws(CheckpointError) {
    let frames = try chunk.checkedFrames(in: files[shard])
    let faulty = frames.withUnsafeBytes { bytes in
      var start = 0
      let planes = chunk.planes.map { plane in
        defer { start += plane.length }
        return UnsafeRawBufferPointer(rebasing: bytes[start..<start + plane.length])
      }
      return decoder.decode(planes, chunk.count, into: target)
    }
    if let faulty {
      let fault = Damage.chunkContent(tensor: chunk.tensor, first: chunk.first, plane: faulty)
      throw .damaged(path: files[shard].path, fault: fault)
    }
  }

  /// Reads everything and checks every checksum, without decompressing: what the checksums cover is what is read.
  public func verify() throws(CheckpointError) {
    for (index, shard) in manifest.shards.enumerated() {
      for chunk in shard.chunks { _ = try chunk.checkedFrames(in: files[index]) }
    }
  }
}

extension ShardRecord.Chunk {
  /// The four frames, end to end as they lie in the shard. Throws `damaged` where a checksum differs, or `system`.
  func checkedFrames(in file: InputFile) throws(CheckpointError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: planes.reduce(0) { $0 + $1.length })
    try bytes.withUnsafeMutableBufferPointer { (buffer) throws(CheckpointError) in
      let raw = UnsafeMutableRawBufferPointer(buffer)
      try file.read(at: planes[0].offset, into: raw)
      var start = 0
      for (index, plane) in planes.enumerated() {
        let frame = UnsafeRawBufferPointer(rebasing: raw[start..<start + plane.length])
        guard XXH64.text(XXH64.hash(frame)) == plane.xxh64 else {
          throw CheckpointError.damaged(
            path: file.path, fault: .chunkChecksum(tensor: tensor, first: first, plane: index))
        }
        start += plane.length
      }
    }
    return bytes
  }
}
