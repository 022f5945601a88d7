/// Lists of numbers as the kernel writes them, such as "0-3,8".
public enum CoreList {
  /// Ascending; empty where `text` is no such list.
  static func cores(_ text: String) -> [Int] {
    var cores = Set<Int>()
    for part in text.split(whereSeparator: { $0 == "," || $0.isWhitespace }) {
      let ends = part.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false).map { Int($0) }
      // No machine has more: a damaged text must not cost memory.
      guard let first = ends.first ?? nil, let last = ends.last ?? nil, 0 <= first, first <= last, last < 1 << 16 else {
        return []
      }
      cores.formUnion(first...last)
    }
    return cores.sorted()
  }

  /// "0-3,8" for 0, 1, 2, 3 and 8.
  public static func text(_ numbers: [Int]) -> String {
    var ranges: [ClosedRange<Int>] = []
    for number in numbers.sorted() {
      if let last = ranges.last, number <= last.upperBound + 1 {
        ranges[ranges.count - 1] = last.lowerBound...number
      } else {
        ranges.append(number...number)
      }
    }
    return ranges.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)" }
      .joined(separator: ",")
  }

  /// How many of `cores` do not share their arithmetic units. `siblings`: the list of those that a core shares them with,
  /// empty where nothing is known.
  static func wholeCores(of cores: [Int], siblings: (Int) -> String) -> Int {
    Set(cores.map { core in Self.cores(siblings(core)).first ?? core }).count
  }
}
