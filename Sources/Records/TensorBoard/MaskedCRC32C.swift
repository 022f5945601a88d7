/// The checksum of TensorFlow's record files: CRC-32C, rotated and shifted so that a checksum of data that holds
/// checksums stays useful.
func maskedCRC32C(_ bytes: some Sequence<UInt8>) -> UInt32 {
  let crc = crc32c(bytes)
  return ((crc >> 15) | (crc << 17)) &+ 0xA282_EAD8
}

/// CRC-32C (Castagnoli), reflected, as in RFC 3720.
func crc32c(_ bytes: some Sequence<UInt8>) -> UInt32 {
  var crc: UInt32 = .max
  for byte in bytes {
    crc = crc32cTable[Int(UInt8(truncatingIfNeeded: crc) ^ byte)] ^ (crc >> 8)
  }
  return ~crc
}

private let crc32cTable: [UInt32] = (0..<256).map { index in
  (0..<8).reduce(UInt32(index)) { value, _ in
    value & 1 == 1 ? (value >> 1) ^ 0x82F6_3B78 : value >> 1
  }
}
