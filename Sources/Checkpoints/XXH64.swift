/// The 64-bit xxHash of Yann Collet (specification: xxhash_spec.md), seed 0. It is a checksum against accidents, not
/// against forgers, and runs faster than any disk.
public enum XXH64 {
  private static let prime1: UInt64 = 0x9E37_79B1_85EB_CA87
  private static let prime2: UInt64 = 0xC2B2_AE3D_27D4_EB4F
  private static let prime3: UInt64 = 0x1656_67B1_9E37_79F9
  private static let prime4: UInt64 = 0x85EB_CA77_C2B2_AE63
  private static let prime5: UInt64 = 0x27D4_EB2F_1656_67C5

  public static func hash(_ buffer: UnsafeRawBufferPointer) -> UInt64 {
    let count = buffer.count
    var hash = prime5
    var offset = 0
    if count >= 32 {
      var lanes = (prime1 &+ prime2, prime2, UInt64(0), 0 &- prime1)
      while offset <= count - 32 {
        lanes.0 = round(lanes.0, word(buffer, offset))
        lanes.1 = round(lanes.1, word(buffer, offset + 8))
        lanes.2 = round(lanes.2, word(buffer, offset + 16))
        lanes.3 = round(lanes.3, word(buffer, offset + 24))
        offset += 32
      }
      hash = rotated(lanes.0, 1) &+ rotated(lanes.1, 7) &+ rotated(lanes.2, 12) &+ rotated(lanes.3, 18)
      hash = merged(merged(merged(merged(hash, lanes.0), lanes.1), lanes.2), lanes.3)
    }
    hash = hash &+ UInt64(count)
    while offset <= count - 8 {
      hash = rotated(hash ^ round(0, word(buffer, offset)), 27) &* prime1 &+ prime4
      offset += 8
    }
    if offset <= count - 4 {
      let half = UInt32(littleEndian: buffer.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
      hash = rotated(hash ^ (UInt64(half) &* prime1), 23) &* prime2 &+ prime3
      offset += 4
    }
    while offset < count {
      hash = rotated(hash ^ (UInt64(buffer[offset]) &* prime5), 11) &* prime1
      offset += 1
    }
    hash = (hash ^ (hash >> 33)) &* prime2
    hash = (hash ^ (hash >> 29)) &* prime3
    return hash ^ (hash >> 32)
  }

  public static func hash(_ bytes: some Collection<UInt8>) -> UInt64 {
    Array(bytes).withUnsafeBufferPointer { hash(UnsafeRawBufferPointer($0)) }
  }

  /// Sixteen hexadecimal digits: JSON numbers of 64 bits do not survive every reader.
  static func text(_ hash: UInt64) -> String {
    let digits = String(hash, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  private static func word(_ buffer: UnsafeRawBufferPointer, _ offset: Int) -> UInt64 {
    UInt64(littleEndian: buffer.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
  }

  private static func rotated(_ value: UInt64, _ bits: UInt64) -> UInt64 { (value &<< bits) | (value &>> (64 &- bits)) }

  private static func round(_ lane: UInt64, _ word: UInt64) -> UInt64 {
    rotated(lane &+ word &* prime2, 31) &* prime1
  }

  private static func merged(_ hash: UInt64, _ lane: UInt64) -> UInt64 {
    (hash ^ round(0, lane)) &* prime1 &+ prime4
  }
}
