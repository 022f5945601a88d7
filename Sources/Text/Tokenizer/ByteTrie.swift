/// Byte strings in a trie: finds the longest of them that begins at a place.
struct ByteTrie: Sendable {
  private var children: [[UInt8: Int]] = [[:]]
  private var values: [Int?] = [nil]
  /// Answers most places of a text without a dictionary.
  private var begins = Array(repeating: false, count: 256)

  var isEmpty: Bool { children[0].isEmpty }

  mutating func insert(_ key: [UInt8], value: Int) {
    guard let first = key.first else { return }
    begins[Int(first)] = true
    var node = 0
    for byte in key {
      if let child = children[node][byte] {
        node = child
      } else {
        children[node][byte] = children.count
        node = children.count
        children.append([:])
        values.append(nil)
      }
    }
    values[node] = value
  }

  func longest(_ text: [UInt8], at start: Int) -> (length: Int, value: Int)? {
    guard begins[Int(text[start])] else { return nil }
    var (node, index) = (0, start)
    var found: (length: Int, value: Int)?
    while index < text.count, let child = children[node][text[index]] {
      (node, index) = (child, index + 1)
      if let value = values[node] { found = (index - start, value) }
    }
    return found
  }
}
