import Foundation
import Memory

/// The cores that this process may run on.
public enum UsableCores {
  /// Their numbers, ascending; never empty.
  static var numbers: [Int] {
    let found = numbers(
      allowed: SystemText.value(of: "Cpus_allowed_list", in: SystemText.read("/proc/self/status")),
      online: SystemText.read("/sys/devices/system/cpu/online"))
    return found.isEmpty ? Array(0..<ProcessInfo.processInfo.activeProcessorCount) : found
  }

  /// `allowed` may name all that the machine could have.
  static func numbers(allowed: String, online: String) -> [Int] {
    let online = Set(CoreList.cores(online))
    return CoreList.cores(allowed).filter { online.isEmpty || online.contains($0) }
  }

  /// Cores' worth of time that its control group gives it; nil for all of it.
  static var quota: Double? { ControlGroup().quota }

  /// How many threads of it can run at a time, at least 1.
  public static var threads: Int { threads(cores: numbers.count, quota: quota) }

  /// A thread for what is left of a core would make the others wait for it.
  static func threads(cores: Int, quota: Double?) -> Int {
    max(1, min(cores, quota.map { Int(min($0, Double(cores))) } ?? cores))
  }
}
