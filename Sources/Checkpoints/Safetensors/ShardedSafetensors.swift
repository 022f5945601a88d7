import Glibc
import Tensors

/// The weights of a model directory of Hugging Face: `model.safetensors`, or the shards that
/// `model.safetensors.index.json` names.
public final class ShardedSafetensors {
  static let singleFile = "model.safetensors"
  static let indexFile = "model.safetensors.index.json"

  public let directory: String
  /// Names of the tensors in the order of the file or of the index.
  public let names: [String]
  /// The files, in the order of their first mention.
  public let shards: [SafetensorsFile]
  private let shardOfName: [String: Int]

  /// Opens every shard and checks that it has what the index says. Throws `noModel`, `index`, or what
  /// `SafetensorsFile` throws.
  public init(directory: String) throws(CheckpointError) {
    self.directory = directory
    let single = "\(directory)/\(Self.singleFile)"
    if access(single, F_OK) == 0 {
      let file = try SafetensorsFile(path: single)
      shards = [file]
      names = file.names
      shardOfName = Dictionary(uniqueKeysWithValues: file.names.map { ($0, 0) })
      return
    }
    let path = "\(directory)/\(Self.indexFile)"
    guard access(path, F_OK) == 0 else { throw .noModel(directory: directory) }
    let weightMap = try SafetensorsIndex(path: path).weightMap
    var opened: [SafetensorsFile] = []
    var shardOfFile: [String: Int] = [:]
    var shardOfName: [String: Int] = [:]
    for (name, file) in weightMap {
      let shard: Int
      if let known = shardOfFile[file] {
        shard = known
      } else {
        guard access("\(directory)/\(file)", F_OK) == 0 else {
          throw .index(path: path, fault: .missingShard(file: file))
        }
        shard = opened.count
        opened.append(try SafetensorsFile(path: "\(directory)/\(file)"))
        shardOfFile[file] = shard
      }
      guard opened[shard].entry(name) != nil else {
        throw .index(path: path, fault: .notInShard(tensor: name, file: file))
      }
      shardOfName[name] = shard
    }
    shards = opened
    names = weightMap.map(\.name)
    self.shardOfName = shardOfName
  }

  public func entry(_ name: String) -> SafetensorsFile.Entry? {
    shardOfName[name].flatMap { shards[$0].entry(name) }
  }

  /// As `SafetensorsFile.tensor`.
  public func tensor(_ name: String) throws(CheckpointError) -> Tensor { try shard(of: name).tensor(name) }

  /// As `SafetensorsFile.integers`.
  public func integers(_ name: String) throws(CheckpointError) -> [Int64] { try shard(of: name).integers(name) }

  private func shard(of name: String) throws(CheckpointError) -> SafetensorsFile {
    guard let shard = shardOfName[name] else { throw .noTensor(path: directory, tensor: name) }
    return shards[shard]
  }
}
