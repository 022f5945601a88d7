/// A binary heap of numbers, the smallest first.
struct MinimumHeap {
  private var values: [UInt64] = []

  mutating func insert(_ value: UInt64) {
    var child = values.count
    values.append(value)
    while child > 0 {
      let parent = (child - 1) / 2
      if values[parent] <= value { break }
      values[child] = values[parent]
      child = parent
    }
    values[child] = value
  }

  mutating func removeMinimum() -> UInt64? {
    guard let minimum = values.first, let value = values.popLast() else { return nil }
    if values.isEmpty { return minimum }
    var parent = 0
    while true {
      var child = 2 * parent + 1
      if child >= values.count { break }
      if child + 1 < values.count, values[child + 1] < values[child] { child += 1 }
      if value <= values[child] { break }
      values[parent] = values[child]
      parent = child
    }
    values[parent] = value
    return minimum
  }
}
