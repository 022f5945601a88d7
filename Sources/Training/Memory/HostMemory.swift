import Memory

/// What the operating system says of this host's memory.
enum HostMemory {
  /// Bytes that processes can still take, as the kernel says: of the whole machine, whatever containers there are. Nil
  /// where it cannot be read.
  static var ofMachine: Int? { availableBytes(inMeminfo: SystemText.read("/proc/meminfo")) }

  /// Bytes that processes of this host can still take: what its machine has left, or what the control group leaves, where
  /// it leaves less. Nil where neither can be read.
  static var available: Int? { available(read: SystemText.read) }

  /// The same of a system whose files `read` gives, an empty text for those that are not there.
  static func available(read: @escaping (String) -> String) -> Int? {
    [availableBytes(inMeminfo: read("/proc/meminfo")), ControlGroup(read: read).memoryLeft].compactMap { $0 }.min()
  }

  /// `MemAvailable` of /proc/meminfo, in bytes.
  static func availableBytes(inMeminfo text: String) -> Int? {
    SystemText.value(of: "MemAvailable", in: text).split(separator: " ").first.flatMap { Int($0) }.map { $0 << 10 }
  }
}
