/// What a container or a batch system lets a process have of the processor and of memory: the least that its group, or
/// one above it, has.
public struct ControlGroup {
  private let groups: String
  private let read: (String) -> String

  /// `groups`: /proc/self/cgroup; `read`: the text of a file, empty where there is none.
  public init(groups: String, read: @escaping (String) -> String) {
    self.groups = groups
    self.read = read
  }

  /// The group of this process.
  public init(read: @escaping (String) -> String = SystemText.read) {
    self.init(groups: read("/proc/self/cgroup"), read: read)
  }

  /// Cores' worth of time; nil without a limit.
  public var quota: Double? {
    folders(of: "cpu").compactMap { folder, isNew in
      // Quota and period: in one line, "max 100000" without a limit; or in two files, a quota of -1 without one.
      let fields =
        isNew
        ? read(folder + "/cpu.max").split(whereSeparator: \.isWhitespace).map(String.init)
        : ["quota", "period"].map { read("\(folder)/cpu.cfs_\($0)_us") }
      guard fields.count == 2, let quota = Self.first(fields[0]).flatMap(Double.init),
        let period = Self.first(fields[1]).flatMap(Double.init), quota > 0, period > 0
      else { return nil }
      return quota / period
    }.min()
  }

  /// Bytes that the group's processes may have together; nil without a limit.
  public var memoryLimit: Int? { folders(of: "memory").compactMap(limit).min() }

  /// Bytes that they can still take; nil without a limit. Files that were read and are not in use make room when it is
  /// needed: they do not count as taken.
  public var memoryLeft: Int? {
    folders(of: "memory").compactMap { folder, isNew in
      guard let limit = limit(folder, isNew),
        let used = bytes(folder + (isNew ? "/memory.current" : "/memory.usage_in_bytes"))
      else { return nil }
      let key = isNew ? "inactive_file " : "total_inactive_file "
      let line = read(folder + "/memory.stat").split(separator: "\n").first { $0.hasPrefix(key) }
      let files = line.flatMap { Int($0.dropFirst(key.count)) } ?? 0
      return max(0, limit - max(0, used - max(0, files)))
    }.min()
  }

  private func limit(_ folder: String, _ isNew: Bool) -> Int? {
    bytes(folder + (isNew ? "/memory.max" : "/memory.limit_in_bytes"))
  }

  /// Nil where there is no such file, and for "max".
  private func bytes(_ file: String) -> Int? {
    guard let number = Self.first(read(file)).flatMap({ Int($0) }), number >= 0 else { return nil }
    return number
  }

  private static func first(_ text: String) -> String? {
    text.split(whereSeparator: \.isWhitespace).first.map(String.init)
  }

  /// Where what `controller` allows is written, of this group and of those above it; and whether in version 2.
  private func folders(of controller: String) -> [(String, Bool)] {
    groups.split(separator: "\n").flatMap { line -> [(String, Bool)] in
      let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
      guard fields.count == 3 else { return [] }
      let controllers = fields[1].split(separator: ",").map(String.init)
      if fields[0] == "0", controllers.isEmpty {
        return Self.levels(of: fields[2]).map { ("/sys/fs/cgroup" + $0, true) }
      }
      guard controllers.contains(controller) else { return [] }
      return Self.levels(of: fields[2]).map { ("/sys/fs/cgroup/\(controller)\($0)", false) }
    }
  }

  /// "/a/b", "/a" and "": in a container the path may be that of the machine outside, and only the last one is there.
  private static func levels(of path: String) -> [String] {
    var levels = [""]
    for part in path.split(separator: "/") { levels.append(levels[levels.count - 1] + "/" + part) }
    return levels.reversed()
  }
}
