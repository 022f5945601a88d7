/// How often each byte occurs, in a block or in a sample of it: the same on every processor, as codes are made of it.
final class ByteHistogram {
  /// Four tables: a byte that comes twice in a row would wait for itself. Between calls the first one has it all.
  private let tables = UnsafeMutableBufferPointer<UInt32>.allocate(capacity: 4 * 256)
  /// Bytes counted.
  private(set) var total = 0

  init() { tables.initialize(repeating: 0) }

  deinit { tables.deallocate() }

  /// Of each of the 256 bytes. They may be changed.
  var counts: UnsafeMutableBufferPointer<UInt32> { UnsafeMutableBufferPointer(rebasing: tables[..<256]) }

  func clear() {
    counts.update(repeating: 0)
    total = 0
  }

  /// Counts all of a block.
  func add(_ base: UnsafePointer<UInt8>, _ count: Int) {
    guard let tables = tables.baseAddress else { return }
    var index = 0
    while index &+ 8 <= count {
      Self.addEight(base + index, tables)
      index &+= 8
    }
    while index < count {
      tables[Int(base[index])] &+= 1
      index &+= 1
    }
    sum(count)
  }

  /// Counts 16 bytes of every `stride`, from the one with the number `first` on.
  func add(_ base: UnsafePointer<UInt8>, _ count: Int, from first: Int, stride: Int) {
    guard let tables = tables.baseAddress else { return }
    var (index, counted) = (first, 0)
    while index &+ 16 <= count {
      Self.addEight(base + index, tables)
      Self.addEight(base + index + 8, tables)
      index &+= stride
      counted &+= 16
    }
    sum(counted)
  }

  /// Whether there are bytes that are more frequent than chance makes them.
  var hasStructure: Bool {
    let counts = counts
    var squares: UInt64 = 0
    for byte in 0..<256 { squares &+= UInt64(counts[byte]) &* UInt64(counts[byte]) }
    // Of n bytes without preference: n² / 256 for the pairs, and n for each byte with itself.
    let chance = UInt64(total * total / 256 + total)
    return squares > chance + chance / 8
  }

  @inline(__always)
  private static func addEight(_ bytes: UnsafePointer<UInt8>, _ tables: UnsafeMutablePointer<UInt32>) {
    let eight = UnsafeRawPointer(bytes).loadUnaligned(as: UInt64.self)
    tables[Int(truncatingIfNeeded: eight & 255)] &+= 1
    tables[Int(truncatingIfNeeded: 256 | eight &>> 8 & 255)] &+= 1
    tables[Int(truncatingIfNeeded: 512 | eight &>> 16 & 255)] &+= 1
    tables[Int(truncatingIfNeeded: 768 | eight &>> 24 & 255)] &+= 1
    tables[Int(truncatingIfNeeded: eight &>> 32 & 255)] &+= 1
    tables[Int(truncatingIfNeeded: 256 | eight &>> 40 & 255)] &+= 1
    tables[Int(truncatingIfNeeded: 512 | eight &>> 48 & 255)] &+= 1
    tables[Int(truncatingIfNeeded: 768 | eight &>> 56)] &+= 1
  }

  private func sum(_ counted: Int) {
    guard let tables = tables.baseAddress else { return }
    for byte in 0..<256 { tables[byte] &+= tables[256 &+ byte] &+ tables[512 &+ byte] &+ tables[768 &+ byte] }
    (tables + 256).update(repeating: 0, count: 3 * 256)
    total += counted
  }
}
