import CIntrinsics

/// bf16 values as two planes of bytes, which compress where the values do not: `BytePlanes` for half the width.
///
/// The sign bit is rotated behind the mantissa, so that the second plane is the exponent and nothing else.
enum FeaturePlanes {
  /// `planes`: two of `count` bytes, the mantissas' plane first, wherever they lie.
  static func split(_ source: UnsafePointer<UInt16>, _ count: Int, into planes: [UnsafeMutablePointer<UInt8>]) {
    let (low, high) = (planes[0], planes[1])
    var index = 0
    while index &+ 32 <= count {
      intrinsics_split16(source + index, low + index, high + index)
      index &+= 32
    }
    while index < count {
      let bits = (source[index] &<< 1) | (source[index] &>> 15)
      low[index] = UInt8(truncatingIfNeeded: bits)
      high[index] = UInt8(truncatingIfNeeded: bits &>> 8)
      index &+= 1
    }
  }

  static func join(
    _ low: UnsafePointer<UInt8>, _ high: UnsafePointer<UInt8>, _ count: Int, into target: UnsafeMutablePointer<UInt16>
  ) {
    var index = 0
    while index &+ 32 <= count {
      intrinsics_join16(low + index, high + index, target + index)
      index &+= 32
    }
    while index < count {
      let bits = UInt16(low[index]) | UInt16(high[index]) &<< 8
      target[index] = (bits &>> 1) | (bits &<< 15)
      index &+= 1
    }
  }
}
