/// In which type partial sums and sums travel between hosts. Inside a host, and in additions, they are fp32.
public enum GradientWire: String, CaseIterable, Sendable {
  case fp32
  /// Half the bytes: rounded to nearest, ties to even, before each of the two rounds. Every host ends with the same bits,
  /// but which bits depends on how leaves lie on hosts: a host's own partial sums are not rounded where it finishes the
  /// tree. They do not depend on the number of ranks per host where every host's leaves stay the same.
  case bf16

  /// Bytes of one number on the way.
  var bytes: Int { self == .fp32 ? 4 : 2 }
}

/// `target` = `source` in bf16: nearest, ties to even. Infinities stay; a NaN stays one.
func narrow(_ source: UnsafePointer<Float>, into target: UnsafeMutablePointer<UInt16>, count: Int) {
  var index = 0
  while index < count {
    let value = source[index]
    let bits = value.bitPattern
    let up = bits &+ 0x7FFF &+ ((bits &>> 16) & 1)
    // A NaN's mantissa must not be carried into the exponent, and its quiet bit lies in the upper half.
    target[index] = UInt16(truncatingIfNeeded: (value == value ? up : bits | 0x0040_0000) &>> 16)
    index &+= 1
  }
}

/// `target` = `source`, which is bf16.
func widen(_ source: UnsafePointer<UInt16>, into target: UnsafeMutablePointer<Float>, count: Int) {
  var index = 0
  while index < count {
    target[index] = Float(bitPattern: UInt32(source[index]) &<< 16)
    index &+= 1
  }
}
