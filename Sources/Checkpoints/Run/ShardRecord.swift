/// What the manifest keeps of one shard.
///
/// A shard `shard-RRRRR-of-PPPPP.zst` is nothing but zstd frames end to end, which `zstd -d` unpacks into byte planes. For
/// each chunk of at most 2^20 floats there are its four planes (`BytePlanes`: the sign rotated behind the mantissa, so that
/// plane 3 is the exponent), plane 0 first; for each plane a frame for every 2^16 bytes of it. A frame has one block: stored
/// where the bytes are noise, run-length where they are all the same, Huffman-coded literals without sequences where some
/// are more frequent than others; where one byte is seven eighths of all, whatever zstd makes of it. Frames have no checksum
/// of their own; this record has one of each plane's frames, and says what is where. (The first versions wrote one frame
/// for a whole plane, which is read as well.)
///
/// The chunks of all shards make up every element of every array once, in whatever parts: any number of ranks reads what any
/// number of ranks wrote.
struct ShardRecord: Codable, Equatable {
  /// One byte plane: zstd frames in the shard.
  struct Plane: Codable, Equatable {
    var offset: Int
    var length: Int
    /// XXH64 of the frames, sixteen hexadecimal digits.
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
