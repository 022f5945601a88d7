import CZstd
import Testing

@testable import Checkpoints

struct XXH64Tests {
  @Test func `published values`() {
    #expect(XXH64.hash([]) == 0xEF46_DB37_51D8_E999)
    #expect(XXH64.hash(Array("a".utf8)) == 0xD24E_C4F1_A98C_6E5B)
    #expect(XXH64.hash(Array("abc".utf8)) == 0x44BC_2CF5_AD77_0999)
  }

  /// The last four bytes of a zstd frame are the lower half of the XXH64 of its content.
  @Test func `agrees with zstd at every length`() throws {
    let compressor = try PlaneCompressor(level: 1, path: "")
    for count in 0..<200 {
      let plane = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* $0 &* 7 &+ 3) }
      var checksum: UInt32 = 0
      try plane.withUnsafeBufferPointer { (buffer) throws(CheckpointError) in
        try compressor.compress(UnsafeRawBufferPointer(buffer)) { (frame) throws(CheckpointError) in
          checksum = frame.loadUnaligned(fromByteOffset: frame.count - 4, as: UInt32.self)
        }
      }
      #expect(checksum == UInt32(truncatingIfNeeded: XXH64.hash(plane)), "\(count) bytes")
    }
  }
}
