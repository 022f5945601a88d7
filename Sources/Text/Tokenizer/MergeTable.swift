/// The merge rules: two neighbouring ids -> the rule's rank and the id they become.
struct MergeTable: Sendable {
  private var keys: [UInt64]
  private var ranks: [UInt32]
  private var count = 0
  /// What rule `rank` makes.
  private(set) var results: [Int32] = []

  private static let free = UInt64.max

  init(capacity: Int) {
    var size = 16
    while size < capacity * 2 { size *= 2 }
    keys = Array(repeating: Self.free, count: size)
    ranks = Array(repeating: 0, count: size)
  }

  /// Adds the next rule; a pair that is there already gets the later rank, as in Hugging Face's reader.
  mutating func append(_ left: Int32, _ right: Int32, result: Int32) {
    let key = Self.key(left, right)
    let slot = slot(key)
    if keys[slot] == Self.free { count += 1 }
    keys[slot] = key
    ranks[slot] = UInt32(results.count)
    results.append(result)
    if count * 2 > keys.count { grow() }
  }

  func rank(_ left: Int32, _ right: Int32) -> UInt32? {
    let slot = slot(Self.key(left, right))
    return keys[slot] == Self.free ? nil : ranks[slot]
  }

  private static func key(_ left: Int32, _ right: Int32) -> UInt64 {
    UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
  }

  private func slot(_ key: UInt64) -> Int {
    let hash = key &* 0x9E37_79B9_7F4A_7C15
    var slot = Int(truncatingIfNeeded: hash >> 32) & (keys.count - 1)
    while keys[slot] != Self.free, keys[slot] != key { slot = (slot + 1) & (keys.count - 1) }
    return slot
  }

  private mutating func grow() {
    let (oldKeys, oldRanks) = (keys, ranks)
    keys = Array(repeating: Self.free, count: oldKeys.count * 2)
    ranks = Array(repeating: 0, count: oldKeys.count * 2)
    for index in oldKeys.indices where oldKeys[index] != Self.free {
      let slot = slot(oldKeys[index])
      keys[slot] = oldKeys[index]
      ranks[slot] = oldRanks[index]
    }
  }
}
