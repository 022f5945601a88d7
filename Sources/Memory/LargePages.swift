import Glibc

/// Memory from the system in pages of 2 MB where it has them: a product of matrices looks up far fewer addresses then,
/// and first touches are hundreds of times fewer.
enum LargePages {
  static let length = 2 << 20

  /// At least `bytes`, zeroed when touched, aligned to a large page; nil if the system has no more.
  static func map(_ bytes: Int) -> (base: UInt, bytes: Int)? {
    let size = roundedUp(bytes, to: length)
    // One page more, to cut an aligned piece out of it.
    let mapped = mmap(
      nil, size + length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
    guard let mapped, mapped != MAP_FAILED else { return nil }
    let start = UInt(bitPattern: mapped)
    let base = (start + UInt(length) - 1) & ~UInt(length - 1)
    unmap(start, bytes: Int(base - start))
    unmap(base + UInt(size), bytes: length - Int(base - start))
    // Advice: where there are no large pages, small ones serve.
    _ = madvise(UnsafeMutableRawPointer(bitPattern: base), size, MADV_HUGEPAGE)
    return (base, size)
  }

  /// Gives back the large pages that lie wholly in a range; they are zero when touched again.
  static func release(_ base: UInt, bytes: Int) {
    let first = UInt(roundedUp(Int(base), to: length))
    let end = (base + UInt(bytes)) & ~UInt(length - 1)
    if end > first { _ = madvise(UnsafeMutableRawPointer(bitPattern: first), Int(end - first), MADV_DONTNEED) }
  }

  static func unmap(_ base: UInt, bytes: Int) {
    if bytes > 0 { munmap(UnsafeMutableRawPointer(bitPattern: base), bytes) }
  }
}

/// `value` as the next multiple of `step`.
func roundedUp(_ value: Int, to step: Int) -> Int { (value + step - 1) / step * step }
