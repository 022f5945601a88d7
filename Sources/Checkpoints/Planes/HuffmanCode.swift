import CIntrinsics

/// A complete prefix code of at most 11 bits over the 129 lowest bytes, as zstd's literals can carry it.
///
/// More bytes would need zstd's compressed form of the code's description; exponents of numbers below 4 do without.
struct HuffmanCode {
  /// The longest code that zstd allows for literals.
  static let mostBits = huffman_most_bits
  /// Bytes from here on cannot be coded.
  static let symbols = huffman_symbols

  /// Bits of each byte's code; 0 for a byte that does not occur.
  private(set) var lengths = [Int](repeating: 0, count: symbols)
  private(set) var codes = [UInt32](repeating: 0, count: symbols)
  /// Bytes that occur, in ascending order; two at least.
  let used: [Int]

  /// `counts`: how often each byte occurs; at least two do.
  init(_ counts: UnsafeBufferPointer<UInt32>) {
    used = (0..<Self.symbols).filter { counts[$0] > 0 }
    precondition(used.count >= 2, "HuffmanCode: \(used.count) bytes occur")
    let byCount = used.sorted { (counts[$0], $0) < (counts[$1], $1) }
    assignLengths(byCount, counts)
    limitLengths(byCount)
    assignCodes()
  }

  /// Huffman's tree, of two queues: leaves by count, and inner nodes, which arise in the order of their counts.
  private mutating func assignLengths(_ leaves: [Int], _ counts: UnsafeBufferPointer<UInt32>) {
    let count = leaves.count
    var weight = leaves.map { Int(counts[$0]) }
    var parent = [Int](repeating: 0, count: 2 * count - 1)
    weight.reserveCapacity(2 * count - 1)
    var (leaf, inner) = (0, count)
    func takeLighter() -> Int {
      if leaf < count, inner >= weight.count || weight[leaf] <= weight[inner] {
        leaf += 1
        return leaf - 1
      }
      inner += 1
      return inner - 1
    }
    for node in count..<2 * count - 1 {
      let (a, b) = (takeLighter(), takeLighter())
      (parent[a], parent[b]) = (node, node)
      weight.append(weight[a] + weight[b])
    }
    var depth = [Int](repeating: 0, count: 2 * count - 1)
    for node in stride(from: 2 * count - 3, through: 0, by: -1) { depth[node] = depth[parent[node]] + 1 }
    for (index, symbol) in leaves.enumerated() { lengths[symbol] = depth[index] }
  }

  /// Cuts codes that are too long, makes room for them by lengthening the rarest others, and gives what is left over to
  /// the most frequent, so that the code stays complete.
  private mutating func limitLengths(_ byCount: [Int]) {
    let room = 1 << Self.mostBits
    func share(_ symbol: Int) -> Int { room >> lengths[symbol] }
    guard byCount.contains(where: { lengths[$0] > Self.mostBits }) else { return }
    for symbol in byCount { lengths[symbol] = min(lengths[symbol], Self.mostBits) }
    var taken = byCount.reduce(0) { $0 + share($1) }
    while taken > room {
      // The longest code below the limit, of these the rarest byte's: it loses least.
      var chosen = -1
      for symbol in byCount where lengths[symbol] < Self.mostBits {
        if chosen < 0 || lengths[symbol] > lengths[chosen] { chosen = symbol }
      }
      taken -= share(chosen) / 2
      lengths[chosen] += 1
    }
    for symbol in byCount.reversed() {
      while lengths[symbol] > 1, taken + share(symbol) <= room {
        taken += share(symbol)
        lengths[symbol] -= 1
      }
    }
  }

  /// zstd's canonical codes: the longest first from zero, bytes of one length in their order.
  private mutating func assignCodes() {
    var next: UInt32 = 0
    for bits in stride(from: longest, to: 0, by: -1) {
      for symbol in used where lengths[symbol] == bits {
        codes[symbol] = next
        next += 1
      }
      next >>= 1
    }
  }

  private var longest: Int { lengths.max() ?? 0 }

  /// The code as zstd wants it told: weights of four bits of all bytes but the last one that occurs.
  var description: [UInt8] {
    let last = used[used.count - 1]
    let longest = longest
    func weight(_ symbol: Int) -> UInt8 {
      symbol < last && lengths[symbol] > 0 ? UInt8(longest + 1 - lengths[symbol]) : 0
    }
    return [UInt8(127 + last)] + stride(from: 0, to: last, by: 2).map { weight($0) << 4 | weight($0 + 1) }
  }
}
