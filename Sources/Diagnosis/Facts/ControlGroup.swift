/// What a container or a batch system lets a process have of the processor.
enum ControlGroup {
  /// Cores' worth of time: the least that the group of this process or one above it has; nil without a limit.
  /// `groups`: /proc/self/cgroup; `read`: the text of a file, empty where there is none.
  static func quota(of groups: String, read: (String) -> String) -> Double? {
    var found: [Double] = []
    for line in groups.split(separator: "\n") {
      let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
      guard fields.count == 3 else { continue }
      let controllers = fields[1].split(separator: ",")
      if fields[0] == "0", controllers.isEmpty {
        found += levels(of: fields[2]).compactMap { newQuota(read("/sys/fs/cgroup\($0)/cpu.max")) }
      } else if controllers.contains("cpu") {
        for level in levels(of: fields[2]) {
          let folder = "/sys/fs/cgroup/cpu\(level)/cpu.cfs_"
          if let quota = oldQuota(quota: read(folder + "quota_us"), period: read(folder + "period_us")) {
            found.append(quota)
          }
        }
      }
    }
    return found.min()
  }

  /// "/a/b", "/a" and "": in a container the path may be that of the machine outside, and only the last one is there.
  private static func levels(of path: String) -> [String] {
    var levels = [""]
    for part in path.split(separator: "/") { levels.append(levels[levels.count - 1] + "/" + part) }
    return levels.reversed()
  }

  /// Version 2: quota and period in one line, "max 100000" without a limit.
  private static func newQuota(_ text: String) -> Double? {
    let fields = text.split(whereSeparator: \.isWhitespace).map(String.init)
    return fields.count == 2 ? oldQuota(quota: fields[0], period: fields[1]) : nil
  }

  /// Version 1: quota and period in two files, a quota of -1 without a limit.
  private static func oldQuota(quota: String, period: String) -> Double? {
    func number(_ text: String) -> Double? { Double(text.split(whereSeparator: \.isWhitespace).first ?? "") }
    guard let quota = number(quota), let period = number(period), quota > 0, period > 0 else { return nil }
    return quota / period
  }
}
