/// The short floating-point formats as 32-bit floats, exact for every value. Both loops are free of branches, so that
/// the compiler can run them in vectors; the sources may lie at odd addresses.
enum HalfPrecision {
  /// bfloat16: the upper half of a float.
  static func widenBF16(_ source: UnsafeRawPointer, _ count: Int, into target: UnsafeMutablePointer<Float>) {
    for index in 0..<count {
      let half = source.loadUnaligned(fromByteOffset: 2 &* index, as: UInt16.self)
      target[index] = Float(bitPattern: UInt32(half) &<< 16)
    }
  }

  /// IEEE 754 binary16. The bits are moved into place and the exponent is corrected by a product with 2^112, which is
  /// exact and makes normal numbers of the subnormal ones; infinities and NaNs get the largest exponent instead.
  static func widenF16(_ source: UnsafeRawPointer, _ count: Int, into target: UnsafeMutablePointer<Float>) {
    for index in 0..<count {
      let half = UInt32(source.loadUnaligned(fromByteOffset: 2 &* index, as: UInt16.self))
      let shifted = (half & 0x7FFF) &<< 13
      let finite = (Float(bitPattern: shifted) * 0x1p112).bitPattern
      let magnitude = half & 0x7C00 == 0x7C00 ? shifted | 0x7F80_0000 : finite
      target[index] = Float(bitPattern: magnitude | (half & 0x8000) &<< 16)
    }
  }
}
