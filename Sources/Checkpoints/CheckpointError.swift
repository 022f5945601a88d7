/// What can go wrong with a file of weights or a checkpoint of a run. The sentences are in
/// `CheckpointError+Description.swift`.
public enum CheckpointError: Error, Equatable, Sendable {
  /// A system call on `path` failed with this errno; `action` completes "cannot … path".
  case system(action: String, path: String, errno: Int32)
  /// The header of a safetensors file is not one.
  case header(path: String, fault: HeaderFault)
  /// One entry of the header of a safetensors file is wrong.
  case entry(path: String, tensor: String, fault: EntryFault)
  /// The index file of a sharded model is wrong.
  case index(path: String, fault: IndexFault)
  /// A directory has neither `model.safetensors` nor an index.
  case noModel(directory: String)
  /// A tensor that was asked for is not in the file.
  case noTensor(path: String, tensor: String)
  /// A tensor has another element type than was asked for.
  case elementType(path: String, tensor: String, found: ElementType, wanted: String)
  /// Two tensors to be written have this name, or it is one that the format reserves.
  case unusableName(path: String, tensor: String)
  /// A file or directory of a run checkpoint is not as it was written.
  case damaged(path: String, fault: Damage)
  /// The checkpoint was written by a newer program.
  case newerVersion(path: String, found: Int, supported: Int)
  /// The shard records given to `commit` do not make up one checkpoint.
  case inconsistent(path: String, reason: String)
  /// Memory for a tensor has another number of elements than the tensor.
  case elementCount(path: String, tensor: String, expected: Int, found: Int)
  /// The run has checkpoints, and none of them is whole.
  case noneGood(path: String, count: Int)
  /// A directory to write a model into has other files in it, like `entry`.
  case occupied(directory: String, entry: String)
  /// zstd refused to compress.
  case compression(path: String, reason: String)
}

/// What is wrong with the header of a safetensors file.
public enum HeaderFault: Equatable, Sendable {
  /// The file is shorter than the eight bytes of the length.
  case noLength(fileBytes: Int)
  /// The length goes beyond the file.
  case beyondFile(length: UInt64, fileBytes: Int)
  /// The length is over the limit of the format.
  case tooLong(length: UInt64, limit: Int)
  /// Not the JSON that is expected.
  case json(JSONFault)
}

/// Where text stops being the JSON that is expected.
public struct JSONFault: Error, Equatable, Sendable {
  /// Byte offset into the text.
  public var offset: Int
  /// What should be there.
  public var expected: String

  public init(offset: Int, expected: String) {
    self.offset = offset
    self.expected = expected
  }
}

/// What is wrong with one entry of a safetensors header. Offsets are bytes from the begin of the data.
public enum EntryFault: Error, Equatable, Sendable {
  case duplicate
  case unknownType(String)
  case missing(field: String)
  case negativeDimension(Int)
  case tooManyElements(shape: [Int])
  case outsideData(begin: Int, end: Int, dataBytes: Int)
  case byteCount(expected: Int, found: Int)
  case overlaps(tensor: String)
  case hole(begin: Int, end: Int)
  /// Bytes after the last tensor that belong to nobody.
  case trailing(bytes: Int)
}

/// What is wrong with `model.safetensors.index.json`.
public enum IndexFault: Error, Equatable, Sendable {
  case json(JSONFault)
  case noWeightMap
  case duplicate(tensor: String)
  case escapes(tensor: String, file: String)
  case missingShard(file: String)
  case notInShard(tensor: String, file: String)
}

/// In what way a checkpoint of a run is not as it was written.
public enum Damage: Equatable, Sendable {
  case noManifest
  case missingShard
  case size(expected: Int, found: Int)
  case manifestChecksum
  case manifestContent(String)
  case chunkChecksum(tensor: String, first: Int, plane: Int)
  case chunkContent(tensor: String, first: Int, plane: Int)
  /// Vision features that begin at this byte.
  case features(offset: Int)
}
