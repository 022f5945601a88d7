/// A random stream named by numbers: the same key gives the same values, on any rank and in any order of drawing.
///
/// SplitMix64 (Steele, Lea, Flood 2014) over a state that is a hash of the key's parts, such as seed, step and sample.
public struct RandomStream: RandomNumberGenerator, Sendable {
  private var state: UInt64

  public init(_ key: UInt64...) {
    var hash: UInt64 = 0x243F_6A88_85A3_08D3
    for part in key { hash = Self.mix(hash ^ Self.mix(part &+ 0x9E37_79B9_7F4A_7C15)) &+ 0x9E37_79B9_7F4A_7C15 }
    state = hash
  }

  /// A key made of a word: parameters draw their initial values from a stream of their own name.
  public static func key(_ text: String) -> UInt64 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
    return mix(hash)
  }

  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    return Self.mix(state)
  }

  /// Uniform in [0, 1).
  public mutating func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// Uniform in `0 ..< bound`; `bound` is small against 2^53, so the bias is below anything measurable.
  public mutating func below(_ bound: Int) -> Int {
    precondition(bound > 0, "RandomStream.below(\(bound))")
    return Int(next().multipliedFullWidth(by: UInt64(bound)).high)
  }

  /// A permutation of `0 ..< count` (Fisher-Yates).
  public mutating func permutation(_ count: Int) -> [Int32] {
    var order = (0..<Int32(count)).map { $0 }
    var last = count - 1
    while last > 0 {
      order.swapAt(last, below(last + 1))
      last -= 1
    }
    return order
  }

  private static func mix(_ value: UInt64) -> UInt64 {
    var z = value
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
