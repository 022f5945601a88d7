/// bf16 values as two planes of bytes, which compress where the values do not: `BytePlanes` for half the width.
///
/// The sign bit is rotated behind the mantissa, so that the second plane is the exponent and nothing else.
enum FeaturePlanes {
  /// 2 * `values.count` bytes, the mantissas' plane first.
  static func split(_ values: [UInt16]) -> [UInt8] {
    let count = values.count
    return [UInt8](unsafeUninitializedCapacity: 2 * count) { planes, filled in
      for index in 0..<count {
        let bits = (values[index] &<< 1) | (values[index] &>> 15)
        planes[index] = UInt8(truncatingIfNeeded: bits)
        planes[count + index] = UInt8(truncatingIfNeeded: bits &>> 8)
      }
      filled = 2 * count
    }
  }

  static func join(_ planes: [UInt8]) -> [UInt16] {
    let count = planes.count / 2
    return [UInt16](unsafeUninitializedCapacity: count) { values, filled in
      for index in 0..<count {
        let bits = UInt16(planes[index]) | UInt16(planes[count + index]) &<< 8
        values[index] = (bits &>> 1) | (bits &<< 15)
      }
      filled = count
    }
  }
}
