/// Leaves whose sum depends on the order of additions: signs and exponents all over the place, some zeros.
struct AwkwardLeaves: Sendable {
  let values: [[Float]]

  init(leaves: Int, floatCount: Int, seed: UInt64 = 1) {
    var state = seed
    values = (0..<leaves).map { _ in
      (0..<floatCount).map { _ in
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        let bits = UInt32(truncatingIfNeeded: state >> 32)
        return bits % 17 == 0 ? -0.0 : Float(bitPattern: bits & 0x807f_ffff | (117 + bits >> 9 % 20) << 23)
      }
    }
  }

  /// The sum as the definition of the tree says it, over the first `leaves` leaves.
  func recursiveSum(leaves: Int) -> [Float] {
    var level = 0
    while 1 << level < leaves { level += 1 }
    return node(level: level, index: 0, leaves: leaves)
  }

  private func node(level: Int, index: Int, leaves: Int) -> [Float] {
    guard level > 0 else { return values[index] }
    let left = node(level: level - 1, index: 2 * index, leaves: leaves)
    guard (2 * index + 1) << (level - 1) < leaves else { return left }
    return zip(left, node(level: level - 1, index: 2 * index + 1, leaves: leaves)).map { $0 + $1 }
  }
}

func bits(_ values: some Sequence<Float>) -> [UInt32] { values.map(\.bitPattern) }
