import CSharedMemory
import Glibc

/// Memory that the ranks of a host share: a file in memory, opened through the process that made it.
///
/// Not `/dev/shm`: a container has 64 MB of that, and what lies there outlives a process that was killed. Pages are
/// zero, and exist once somebody has touched them, so a segment may be made larger than it is ever filled.
final class SharedSegment: @unchecked Sendable {
  let base: UnsafeMutableRawPointer
  let bytes: Int
  /// The owner's descriptor, by which others find it; -1 in a segment of somebody else.
  private(set) var descriptor: Int32

  /// A segment of this process's own; nil if the system has none to give, with the reason in `errno`.
  init?(bytes: Int) {
    let descriptor = csm_create("vlm-dist")
    guard descriptor >= 0 else { return nil }
    guard ftruncate(descriptor, max(bytes, 1)) == 0, let base = Self.map(descriptor, bytes) else {
      close(descriptor)
      return nil
    }
    self.base = base
    self.bytes = bytes
    self.descriptor = descriptor
  }

  /// The segment that process `process` has open as `descriptor`.
  init?(process: Int, descriptor: Int, bytes: Int) {
    let file = open("/proc/\(process)/fd/\(descriptor)", O_RDWR | O_CLOEXEC)
    guard file >= 0 else { return nil }
    defer { close(file) }
    guard let base = Self.map(file, bytes) else { return nil }
    self.base = base
    self.bytes = bytes
    self.descriptor = -1
  }

  deinit {
    closeDescriptor()
    munmap(base, max(bytes, 1))
  }

  /// Once everybody has opened it: the memory stays as long as somebody has it mapped.
  func closeDescriptor() {
    if descriptor >= 0 { close(descriptor) }
    descriptor = -1
  }

  static let page = Int(sysconf(Int32(_SC_PAGESIZE)))

  /// Gives back the pages from `address`, where one begins, to the one with the last of so many floats: they are zero from
  /// then on. False if the system does not do that.
  func release(at address: UnsafeMutableRawPointer, floats: Int) -> Bool {
    let bytes = (floats * MemoryLayout<Float>.stride + Self.page - 1) / Self.page * Self.page
    return madvise(address, bytes, MADV_REMOVE) == 0
  }

  private static func map(_ descriptor: Int32, _ bytes: Int) -> UnsafeMutableRawPointer? {
    let mapped = mmap(nil, max(bytes, 1), PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0)
    return mapped == MAP_FAILED ? nil : mapped
  }
}
