import Foundation
import Memory

/// A host as the system describes it to one process.
public struct Machine: Codable, Equatable, Sendable {
  /// The processor's name.
  public var processor: String
  /// Of `instructionSets` those that it has, in that order.
  public var flags: [String]
  /// The kernel's release.
  public var kernel: String
  /// Start of this kernel: containers that have it in common are on one machine. Empty where it cannot be read.
  public var boot: String
  /// Cores that this process may use, ascending: mpirun's binding, a container or a batch system may allow fewer than
  /// there are.
  public var cores: [Int]
  /// How many of `cores` do not share their arithmetic units with another one of them.
  public var wholeCores: Int
  /// How many cores the system has.
  public var onlineCores: Int
  /// Cores' worth of time that the control group gives; nil without a limit.
  public var quota: Double?
  /// Bytes, the control group's limit where that is less than what is built in.
  public var memory: Int
  /// Bytes of /dev/shm.
  public var sharedMemory: Int
  /// Kind of file system and free bytes at the run directory, or at the nearest directory above it that exists.
  public var fileSystem: String
  public var freeDisk: Int

  /// What the kernels or libraries choose between, as /proc/cpuinfo names it.
  public static let instructionSets = [
    "sse4_2", "avx", "avx2", "fma", "f16c", "avx512f", "avx512bw", "avx512dq", "avx512vl", "avx512_vnni", "avx_vnni",
    "avx512_bf16", "avx512_fp16", "amx_tile", "amx_bf16",
  ]

  /// This host, with the run directory `directory`.
  public init(directory: String) {
    let information = SystemText.read("/proc/cpuinfo")
    processor = SystemText.value(of: "model name", in: information)
    let known = Set(SystemText.value(of: "flags", in: information).split(separator: " ").map(String.init))
    flags = Self.instructionSets.filter(known.contains)
    kernel = SystemText.read("/proc/sys/kernel/osrelease").trimmingCharacters(in: .whitespacesAndNewlines)
    boot = SystemText.read("/proc/sys/kernel/random/boot_id").trimmingCharacters(in: .whitespacesAndNewlines)
    cores = UsableCores.numbers
    wholeCores = CoreList.wholeCores(of: cores) {
      SystemText.read("/sys/devices/system/cpu/cpu\($0)/topology/thread_siblings_list")
    }
    let online = CoreList.cores(SystemText.read("/sys/devices/system/cpu/online")).count
    onlineCores = max(online, cores.count)
    quota = UsableCores.quota
    memory = min(ControlGroup().memoryLimit ?? .max, Int(clamping: ProcessInfo.processInfo.physicalMemory))
    sharedMemory = Self.space("/dev/shm").map { Int($0.f_blocks) * Int($0.f_frsize) } ?? 0
    let place = ExistingFolder(directory).path
    freeDisk = Self.space(place).map { Int($0.f_bavail) * Int($0.f_frsize) } ?? 0
    fileSystem = Self.fileSystem(
      of: URL(fileURLWithPath: place).resolvingSymlinksInPath().path, mounts: SystemText.read("/proc/self/mounts"))
  }

  /// Whether writes wait for other machines.
  public var isNetworkFileSystem: Bool {
    ["nfs", "cifs", "smb", "lustre", "ceph", "fuse", "gpfs", "beegfs", "9p"].contains { fileSystem.hasPrefix($0) }
  }

  private static func space(_ path: String) -> statvfs? {
    var status = statvfs()
    return statvfs(path, &status) == 0 ? status : nil
  }

  /// The kind of the mount that `path` lies in: of all mount points above it the longest, and of equal ones the last.
  static func fileSystem(of path: String, mounts: String) -> String {
    var best = (length: -1, kind: "unknown")
    for line in mounts.split(separator: "\n") {
      let fields = line.split(separator: " ").map(String.init)
      guard fields.count > 2, (path + "/").hasPrefix(fields[1] == "/" ? "/" : fields[1] + "/") else { continue }
      if fields[1].count >= best.length { best = (fields[1].count, fields[2]) }
    }
    return best.kind
  }
}

/// The nearest directory at or above a path that exists.
struct ExistingFolder {
  let path: String
  /// How many components below it do not exist.
  let missing: Int

  init(_ directory: String) {
    var url = URL(fileURLWithPath: directory)
    var missing = 0
    while !FileManager.default.fileExists(atPath: url.path), url.path != "/" {
      url.deleteLastPathComponent()
      missing += 1
    }
    path = url.path
    self.missing = missing
  }
}
