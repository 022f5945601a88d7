/// What a feature store knows a picture by: a hash of its content and its length in bytes.
public struct FeatureKey: Hashable, Sendable {
  public let hash: UInt64
  public let bytes: UInt64

  public init(hash: UInt64, bytes: UInt64) {
    self.hash = hash
    self.bytes = bytes
  }
}

/// One entry of an index: where the features of a picture lie in the file of frames beside it.
struct FeatureRecord: Equatable {
  var key: FeatureKey
  var offset: UInt64
  /// Bytes of the zstd frames of the two planes, mantissas and exponents (`FeaturePlanes`), which lie one behind the other.
  var lengths: (mantissas: UInt32, exponents: UInt32)
  /// XXH64 of both frames.
  var checksum: UInt64

  /// Bytes of an entry: all entries are of this size, so a spoiled one does not spoil those behind it.
  static let size = 48

  var length: Int { Int(lengths.mantissas) + Int(lengths.exponents) }
  /// Where the frames end; nil beyond what a file can have.
  var end: UInt64? {
    let (sum, overflow) = offset.addingReportingOverflow(UInt64(length))
    return overflow || sum > UInt64(Int64.max) ? nil : sum
  }

  /// Six little-endian words, the last one the checksum of the others.
  var encoded: [UInt8] {
    let widths = UInt64(lengths.mantissas) | UInt64(lengths.exponents) << 32
    let words = [key.hash, key.bytes, offset, widths, checksum].flatMap(Self.bytes)
    return words + Self.bytes(XXH64.hash(words))
  }

  init(key: FeatureKey, offset: UInt64, lengths: (mantissas: UInt32, exponents: UInt32), checksum: UInt64) {
    self.key = key
    self.offset = offset
    self.lengths = lengths
    self.checksum = checksum
  }

  /// nil where the entry is not as it was written.
  init?(_ bytes: ArraySlice<UInt8>) {
    guard bytes.count == Self.size else { return nil }
    let words = (0..<6).map { word in
      bytes[(bytes.startIndex + 8 * word)...].prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    }
    guard XXH64.hash(bytes.prefix(40)) == words[5] else { return nil }
    self.init(
      key: FeatureKey(hash: words[0], bytes: words[1]), offset: words[2],
      lengths: (UInt32(truncatingIfNeeded: words[3]), UInt32(truncatingIfNeeded: words[3] >> 32)), checksum: words[4])
    if end == nil { return nil }
  }

  private static func bytes(_ word: UInt64) -> [UInt8] { (0..<8).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) } }

  static func == (a: FeatureRecord, b: FeatureRecord) -> Bool {
    a.key == b.key && a.offset == b.offset && a.lengths == b.lengths && a.checksum == b.checksum
  }
}
