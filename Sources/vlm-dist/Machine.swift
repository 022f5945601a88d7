import Foundation

/// What `doctor` looks at: this host as the system describes it.
struct Machine {
  let processor: String
  /// Cores that this process may use: a container or a batch system may allow fewer than there are.
  let cores: Int
  /// Instruction sets, as /proc/cpuinfo names them.
  let flags: Set<String>
  /// Bytes, the control group's limit where that is less than what is built in.
  let memory: Int
  /// Bytes of /dev/shm.
  let sharedMemory: Int
  /// Kind of file system and free bytes at the run directory, or at the nearest directory above it that exists.
  let fileSystem: String
  let freeDisk: Int
  /// OpenBLAS's kernel where the environment forces it.
  let forcedCore: String?

  init(directory: String) {
    let information = Self.text("/proc/cpuinfo").split(separator: "\n")
    func value(_ key: String) -> Substring {
      let line = information.first { $0.hasPrefix(key) } ?? ""
      return line.drop { $0 != ":" }.dropFirst(2)
    }
    processor = String(value("model name"))
    flags = Set(value("flags").split(separator: " ").map(String.init))
    let status = Self.text("/proc/self/status").split(separator: "\n").first { $0.hasPrefix("Cpus_allowed:") } ?? ""
    // A mask in hexadecimal digits, such as "ff,ffffffff".
    let allowed = status.drop { $0 != ":" }.reduce(0) { $0 + ($1.hexDigitValue?.nonzeroBitCount ?? 0) }
    cores = allowed > 0 ? allowed : ProcessInfo.processInfo.activeProcessorCount
    let limit = Int(Self.text("/sys/fs/cgroup/memory.max").trimmingCharacters(in: .whitespacesAndNewlines))
    memory = min(limit ?? .max, Int(clamping: ProcessInfo.processInfo.physicalMemory))
    sharedMemory = Self.space("/dev/shm").map { Int($0.f_blocks) * Int($0.f_frsize) } ?? 0
    var path = URL(fileURLWithPath: directory)
    while !FileManager.default.fileExists(atPath: path.path), path.path != "/" { path.deleteLastPathComponent() }
    freeDisk = Self.space(path.path).map { Int($0.f_bavail) * Int($0.f_frsize) } ?? 0
    fileSystem = Self.fileSystem(of: path.resolvingSymlinksInPath().path)
    forcedCore = ProcessInfo.processInfo.environment["OPENBLAS_CORETYPE"]
  }

  /// Whether writes wait for other machines.
  var isNetworkFileSystem: Bool {
    ["nfs", "cifs", "smb", "lustre", "ceph", "fuse", "gpfs", "beegfs", "9p"].contains { fileSystem.hasPrefix($0) }
  }

  private static func space(_ path: String) -> statvfs? {
    var status = statvfs()
    return statvfs(path, &status) == 0 ? status : nil
  }

  /// The kind of the mount that `path` lies in: of all mount points above it the longest, and of equal ones the last.
  private static func fileSystem(of path: String) -> String {
    var best = (length: -1, kind: "unknown")
    for line in text("/proc/self/mounts").split(separator: "\n") {
      let fields = line.split(separator: " ").map(String.init)
      guard fields.count > 2, (path + "/").hasPrefix(fields[1] == "/" ? "/" : fields[1] + "/") else { continue }
      if fields[1].count >= best.length { best = (fields[1].count, fields[2]) }
    }
    return best.kind
  }

  private static func text(_ path: String) -> String { (try? String(contentsOfFile: path, encoding: .utf8)) ?? "" }
}
