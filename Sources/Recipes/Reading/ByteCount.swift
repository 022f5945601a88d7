/// Sizes as people write them: `512MB`, `8GB`; a number alone is bytes. Units are decimal, as those of disks.
enum ByteCount {
  private static let units = [("TB", 1_000_000_000_000), ("GB", 1_000_000_000), ("MB", 1_000_000), ("KB", 1_000)]

  /// nil if the text is no size or no integer can hold it.
  static func read(_ text: String) -> Int? {
    guard let (unit, factor) = units.first(where: { text.hasSuffix($0.0) }) else { return nil }
    let digits = text.dropLast(unit.count)
    guard !digits.isEmpty, digits.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
      let count = Int(digits)
    else { return nil }
    let (bytes, overflow) = count.multipliedReportingOverflow(by: factor)
    return overflow ? nil : bytes
  }

  /// The same size in the largest unit that divides it.
  static func text(_ bytes: Int) -> String {
    guard bytes > 0, let (unit, factor) = units.first(where: { bytes % $0.1 == 0 }) else { return String(bytes) }
    return "\(bytes / factor)\(unit)"
  }
}

extension NodeReader {
  /// A size like `8GB`, or a number of bytes; at least 0.
  func byteCount() -> Int? {
    switch node.content {
    case .scalar(.integer), .scalar(.number): return integer(in: 0...Int.max)
    case .scalar(.text(let text)):
      if let bytes = ByteCount.read(text) { return bytes }
    default: break
    }
    report(.wrongType(expected: "a size like 512MB or 8GB, or 0 for none", found: node.found))
    return nil
  }
}
