/// What the manifest keeps of one shard.
///
/// A shard `shard-RRRRR-of-PPPPP.zst` is nothing but zstd frames end to end: for each chunk the frames of its four byte
/// planes (`BytePlanes`), plane 0 first. So `zstd -d` unpacks a shard as a whole into planes, and this record says what
/// is where. The chunks of all shards make up every element of every array once, in whatever parts: any number of ranks
/// reads what any number of ranks wrote.
struct ShardRecord: Codable, Equatable {
  /// One byte plane: a zstd frame in the shard.
  struct Plane: Codable, Equatable {
    var offset: Int
    var length: Int
    /// XXH64 of the frame, sixteen hexadecimal digits.
    var xxh64: String
  }

  /// At most `largestChunk` consecutive elements of one array.
  struct Chunk: Codable, Equatable {
    var tensor: String
    /// First element, counted within the array.
    var first: Int
    var count: Int
    /// The four byte planes, the lowest first.
    var planes: [Plane]
  }

  static let largestChunk = 1 << 20

  var rank: Int
  var ranks: Int
  /// File name within the checkpoint.
  var file: String
  var bytes: Int
  /// Elements of the whole checkpoint.
  var total: Int
  var chunks: [Chunk]

  static func file(rank: Int, ranks: Int) -> String {
    "shard-\(fiveDigits(rank))-of-\(fiveDigits(ranks)).zst"
  }
}
