/// Floats as four planes of bytes, which compress where floats do not.
///
/// The sign bit is rotated behind the mantissa, `bits = (b << 1) | (b >> 31)`, so that plane 3, the highest bytes, is
/// the exponent and nothing else. Plane p holds bits 8p to 8p + 7 of every float. The mantissa is noise; only the
/// exponents of weights and of Adam's moments have structure (ZipNN, 2024).
enum BytePlanes {
  /// `planes`: 4 * `count` bytes, plane 0 first.
  static func split(_ source: UnsafePointer<Float>, _ count: Int, into planes: UnsafeMutablePointer<UInt8>) {
    let (plane0, plane1) = (planes, planes + count)
    let (plane2, plane3) = (planes + 2 * count, planes + 3 * count)
    for index in 0..<count {
      let raw = source[index].bitPattern
      let bits = (raw &<< 1) | (raw &>> 31)
      plane0[index] = UInt8(truncatingIfNeeded: bits)
      plane1[index] = UInt8(truncatingIfNeeded: bits &>> 8)
      plane2[index] = UInt8(truncatingIfNeeded: bits &>> 16)
      plane3[index] = UInt8(truncatingIfNeeded: bits &>> 24)
    }
  }

  static func join(_ planes: UnsafePointer<UInt8>, _ count: Int, into target: UnsafeMutablePointer<Float>) {
    let (plane0, plane1) = (planes, planes + count)
    let (plane2, plane3) = (planes + 2 * count, planes + 3 * count)
    for index in 0..<count {
      let low = UInt32(plane0[index]) | UInt32(plane1[index]) &<< 8
      let bits = low | UInt32(plane2[index]) &<< 16 | UInt32(plane3[index]) &<< 24
      target[index] = Float(bitPattern: (bits &>> 1) | (bits &<< 31))
    }
  }
}
