/// A set of Unicode scalars: one character class of a regular expression.
struct ScalarSet: Sendable {
  private var categories: UInt32 = 0
  private var spaces = false
  private var allButSpaces = false
  private var ranges: [ClosedRange<UInt32>] = []
  private var isNegated = false
  private var asciiLow: UInt64 = 0
  private var asciiHigh: UInt64 = 0

  mutating func insert(categories mask: UInt32) { categories |= mask }
  mutating func insertSpaces() { spaces = true }
  mutating func insertAllButSpaces() { allButSpaces = true }
  mutating func insert(_ range: ClosedRange<UInt32>) { ranges.append(range) }

  /// Adds a range and, when case is ignored, what folds together with it. Beyond ASCII only what folds to an ASCII
  /// letter is added (LONG S, KELVIN SIGN).
  mutating func insert(_ range: ClosedRange<UInt32>, ignoringCase: Bool) {
    insert(range)
    guard ignoringCase else { return }
    for (upper, extra) in [(UInt32(0x53), UInt32(0x17F)), (0x4B, 0x212A)]
    where range.contains(upper) || range.contains(upper + 0x20) {
      insert(extra...extra)
    }
    let upper = range.clamped(to: 0x41...0x5A)
    if range.overlaps(0x41...0x5A) { insert((upper.lowerBound + 0x20)...(upper.upperBound + 0x20)) }
    let lower = range.clamped(to: 0x61...0x7A)
    if range.overlaps(0x61...0x7A) { insert((lower.lowerBound - 0x20)...(lower.upperBound - 0x20)) }
  }

  mutating func negate() { isNegated.toggle() }

  /// Tabulates ASCII; to be called once everything is inserted.
  mutating func seal() {
    (asciiLow, asciiHigh) = (0, 0)
    for value in UInt32(0)..<64 {
      if computed(value) { asciiLow |= 1 << UInt64(value) }
      if computed(value + 64) { asciiHigh |= 1 << UInt64(value) }
    }
  }

  func contains(_ value: UInt32) -> Bool {
    if value < 64 { return asciiLow >> UInt64(value) & 1 == 1 }
    if value < 128 { return asciiHigh >> UInt64(value - 64) & 1 == 1 }
    return computed(value)
  }

  private func computed(_ value: UInt32) -> Bool {
    var found = categories != 0 && UnicodeClasses.bit(value) & categories != 0
    if !found, spaces || allButSpaces { found = UnicodeClasses.isSpace(value) ? spaces : allButSpaces }
    if !found { found = ranges.contains { $0.contains(value) } }
    return found != isNegated
  }
}
