import Foundation

/// What the operating system says of this host's memory.
enum HostMemory {
  /// Bytes that processes of this host can still take: what the kernel calls available, or what the control group leaves,
  /// where it leaves less. Nil where neither can be read.
  static var available: Int? {
    let meminfo = (try? String(contentsOfFile: "/proc/meminfo", encoding: .utf8)).flatMap(availableBytes)
    return [meminfo, groupRest].compactMap { $0 }.min()
  }

  /// `MemAvailable` of /proc/meminfo, in bytes.
  static func availableBytes(inMeminfo text: String) -> Int? {
    let line = text.split(separator: "\n").first { $0.hasPrefix("MemAvailable:") }
    return line?.split(separator: " ").compactMap { Int($0) }.first.map { $0 << 10 }
  }

  /// Limit less use of the control group (version 2), as containers see it.
  private static var groupRest: Int? {
    func number(_ file: String) -> Int? {
      (try? String(contentsOfFile: "/sys/fs/cgroup/" + file, encoding: .utf8))
        .flatMap { Int($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
    }
    guard let limit = number("memory.max"), let used = number("memory.current") else { return nil }
    return max(0, limit - used)
  }
}
