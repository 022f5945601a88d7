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
    let context = ZSTD_createCCtx()
    defer { ZSTD_freeCCtx(context) }
    ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1)
    for count in 0..<200 {
      let plane = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* $0 &* 7 &+ 3) }
      var frame = [UInt8](repeating: 0, count: ZSTD_compressBound(count))
      let length = ZSTD_compress2(context, &frame, frame.count, plane, count)
      let checksum = frame[length - 4..<length].reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
      #expect(checksum == UInt32(truncatingIfNeeded: XXH64.hash(plane)), "\(count) bytes")
    }
  }
}
