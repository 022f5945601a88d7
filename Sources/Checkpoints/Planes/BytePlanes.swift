import CIntrinsics

/// Floats as four planes of bytes, which compress where floats do not.
///
/// The sign bit is rotated behind the mantissa, `bits = (b << 1) | (b >> 31)`, so that plane 3, the highest bytes, is
/// the exponent and nothing else. Plane p holds bits 8p to 8p + 7 of every float. The mantissa is noise; only the
/// exponents of weights and of Adam's moments have structure (ZipNN, 2024).
enum BytePlanes {
  /// `planes`: four of `count` bytes, plane 0 first, wherever they lie.
  static func split(_ source: UnsafePointer<Float>, _ count: Int, into planes: [UnsafeMutablePointer<UInt8>]) {
    let (plane0, plane1, plane2, plane3) = (planes[0], planes[1], planes[2], planes[3])
    var index = 0
    while index &+ 32 <= count {
      intrinsics_split32(source + index, plane0 + index, plane1 + index, plane2 + index, plane3 + index)
      index &+= 32
    }
    while index < count {
      let raw = source[index].bitPattern
      let bits = (raw &<< 1) | (raw &>> 31)
      for plane in 0..<4 { planes[plane][index] = UInt8(truncatingIfNeeded: bits &>> (8 * UInt32(plane))) }
      index &+= 1
    }
  }

  /// Of planes wherever they lie.
  static func join(
    _ plane0: UnsafePointer<UInt8>, _ plane1: UnsafePointer<UInt8>, _ plane2: UnsafePointer<UInt8>,
    _ plane3: UnsafePointer<UInt8>, _ count: Int, into target: UnsafeMutablePointer<Float>
  ) {
    var index = 0
    while index &+ 32 <= count {
      intrinsics_join32(plane0 + index, plane1 + index, plane2 + index, plane3 + index, target + index)
      index &+= 32
    }
    while index < count {
      let low = UInt32(plane0[index]) | UInt32(plane1[index]) &<< 8
      let bits = low | UInt32(plane2[index]) &<< 16 | UInt32(plane3[index]) &<< 24
      target[index] = Float(bitPattern: (bits &>> 1) | (bits &<< 31))
      index &+= 1
    }
  }
}
