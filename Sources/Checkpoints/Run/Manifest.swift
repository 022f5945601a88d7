import Foundation

/// `manifest.json`: what a checkpoint consists of. It is written last, so a checkpoint exists when its manifest does.
///
/// The file is `{"xxh64":"<16 digits>","manifest":<body>}` and a line feed, where the digits are the XXH64 of the bytes
/// of the body: valid JSON for every reader, and a flipped bit anywhere in it is seen.
struct Manifest: Codable, Equatable {
  static let version = 1
  static let file = "manifest.json"
  private static let prefix = Array("{\"xxh64\":\"".utf8)
  private static let middle = Array("\",\"manifest\":".utf8)
  private static let suffix = Array("}\n".utf8)

  var version = Manifest.version
  var step: Int
  /// The arrays in the order of the index space.
  var tensors: [CheckpointTensorDescriptor]
  /// One per rank, by rank.
  var shards: [ShardRecord]
  /// The coordinator's state, opaque here (base64 in the file).
  var state: Data

  /// Bytes of all shards.
  var shardBytes: Int { shards.reduce(0) { $0 + $1.bytes } }

  func encoded() -> [UInt8] {
    // Strings, integers and arrays: nothing in here can fail to encode.
    let body = Array((try? Manifest.encoder.encode(self)) ?? Data())
    return Self.prefix + Array(XXH64.text(XXH64.hash(body)).utf8) + Self.middle + body + Self.suffix
  }

  /// Reads and checks a manifest, whatever is in the file. Throws `damaged` or `newerVersion`.
  init(_ text: [UInt8], path: String) throws(CheckpointError) {
    let start = Self.prefix.count + 16 + Self.middle.count
    guard text.count > start + Self.suffix.count, text.starts(with: Self.prefix),
      text[..<start].suffix(Self.middle.count).elementsEqual(Self.middle),
      text.suffix(Self.suffix.count).elementsEqual(Self.suffix)
    else { throw .damaged(path: path, fault: .manifestChecksum) }
    let body = text[start..<text.count - Self.suffix.count]
    let digits = text[Self.prefix.count..<Self.prefix.count + 16]
    guard digits.elementsEqual(XXH64.text(XXH64.hash(body)).utf8) else {
      throw .damaged(path: path, fault: .manifestChecksum)
    }
    struct Version: Decodable { var version: Int }
    do {
      let decoder = JSONDecoder()
      let found = try decoder.decode(Version.self, from: Data(body)).version
      if found > Self.version {
        throw CheckpointError.newerVersion(path: path, found: found, supported: Self.version)
      }
      self = try decoder.decode(Manifest.self, from: Data(body))
    } catch let error as CheckpointError {
      throw error
    } catch {
      throw .damaged(path: path, fault: .manifestContent("fields are missing or of another type"))
    }
    if let fault = inconsistency { throw .damaged(path: path, fault: .manifestContent(fault)) }
  }

  init(step: Int, tensors: [CheckpointTensorDescriptor], shards: [ShardRecord], state: [UInt8]) {
    self.step = step
    self.tensors = tensors
    self.shards = shards
    self.state = Data(state)
  }

  static let encoder: JSONEncoder = {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return encoder
  }()
}
