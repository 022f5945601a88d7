extension Array where Element == UInt8 {
  /// Every occurrence of `pattern` replaced, from left to right.
  func replacing(_ pattern: [UInt8], with content: [UInt8]) -> [UInt8] {
    guard let first = pattern.first else { return self }
    var out: [UInt8] = []
    out.reserveCapacity(count)
    var index = 0
    while index < count {
      if self[index] == first, self[index...].starts(with: pattern) {
        out += content
        index += pattern.count
      } else {
        out.append(self[index])
        index += 1
      }
    }
    return out
  }
}
