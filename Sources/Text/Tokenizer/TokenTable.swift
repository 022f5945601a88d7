/// The tokens of a model, keyed by their bytes. `String` keys would be wrong (canonically equal tokens may have
/// different ids) and an array per token would be slow; so all bytes lie in one array under an open-addressed index.
struct TokenTable: Sendable {
  /// Ids from a file beyond this would only make us allocate; the largest vocabularies have some 260,000.
  static let maximumIDs: Int32 = 1 << 24

  private var bytes: [UInt8] = []
  private var starts: [Int] = [0]
  private var ids: [Int32] = []
  private var slots: [Int32]
  private var entryOfID: [Int32] = []

  init(capacity: Int) {
    var size = 16
    while size < capacity * 2 { size *= 2 }
    slots = Array(repeating: -1, count: size)
  }

  /// How many tokens there are.
  var count: Int { ids.count }

  /// The largest id + 1.
  var idLimit: Int { (entryOfID.lastIndex { $0 >= 0 } ?? -1) + 1 }

  /// Adds a token; a token that is there already gets the new id, as in Hugging Face's reader.
  mutating func insert(_ token: [UInt8], id: Int32) {
    while entryOfID.count <= Int(id) { entryOfID.append(-1) }
    let slot = slot(token, 0..<token.count)
    if slots[slot] >= 0 {
      let entry = Int(slots[slot])
      entryOfID[Int(ids[entry])] = -1
      ids[entry] = id
      entryOfID[Int(id)] = Int32(entry)
      return
    }
    slots[slot] = Int32(ids.count)
    entryOfID[Int(id)] = Int32(ids.count)
    bytes += token
    starts.append(bytes.count)
    ids.append(id)
    if ids.count * 2 > slots.count { grow() }
  }

  func id(_ token: [UInt8]) -> Int32? {
    let entry = slots[slot(token, 0..<token.count)]
    return entry < 0 ? nil : ids[Int(entry)]
  }

  func token(_ id: Int32) -> [UInt8]? {
    guard id >= 0, Int(id) < entryOfID.count, entryOfID[Int(id)] >= 0 else { return nil }
    let entry = Int(entryOfID[Int(id)])
    return Array(bytes[starts[entry]..<starts[entry + 1]])
  }

  private mutating func grow() {
    slots = Array(repeating: -1, count: slots.count * 2)
    for entry in ids.indices { slots[slot(bytes, starts[entry]..<starts[entry + 1])] = Int32(entry) }
  }

  /// The slot of a token, or the free one where it would go (linear probing over FNV-1a).
  private func slot(_ token: [UInt8], _ range: Range<Int>) -> Int {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for index in range { hash = (hash ^ UInt64(token[index])) &* 0x100_0000_01B3 }
    var slot = Int(truncatingIfNeeded: hash ^ hash >> 32) & (slots.count - 1)
    while slots[slot] >= 0, !equals(Int(slots[slot]), token, range) { slot = (slot + 1) & (slots.count - 1) }
    return slot
  }

  private func equals(_ entry: Int, _ token: [UInt8], _ range: Range<Int>) -> Bool {
    let start = starts[entry]
    guard starts[entry + 1] - start == range.count else { return false }
    for offset in 0..<range.count where bytes[start + offset] != token[range.lowerBound + offset] { return false }
    return true
  }
}
