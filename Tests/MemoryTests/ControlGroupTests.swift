import Memory
import Testing

@Suite struct ControlGroupTests {
  @Test func `the quota of a control group is the least on the way up`() {
    func quota(_ groups: String, _ files: [String: String]) -> Double? {
      ControlGroup(groups: groups) { files[$0] ?? "" }.quota
    }
    let new = "0::/a/b\n"
    #expect(quota(new, [:]) == nil)
    #expect(quota(new, ["/sys/fs/cgroup/a/b/cpu.max": "max 100000\n"]) == nil)
    #expect(quota(new, ["/sys/fs/cgroup/a/b/cpu.max": "150000 100000\n"]) == 1.5)
    #expect(
      quota(new, ["/sys/fs/cgroup/a/b/cpu.max": "max 100000", "/sys/fs/cgroup/a/cpu.max": "50000 100000"]) == 0.5)
    // In a container the path is that of the machine outside.
    #expect(quota(new, ["/sys/fs/cgroup/cpu.max": "200000 100000"]) == 2)
    let old = "4:cpuset:/x\n3:cpu,cpuacct:/job\n0::/\n"
    func files(_ quota: String) -> [String: String] {
      let folder = "/sys/fs/cgroup/cpu/job/cpu.cfs_"
      return [folder + "quota_us": quota, folder + "period_us": "100000\n"]
    }
    #expect(quota(old, files("-1\n")) == nil)
    #expect(quota(old, files("300000\n")) == 3)
    #expect(quota("3:cpuset:/job\n", files("300000\n")) == nil)
    #expect(quota("nonsense\n::\n", ["/sys/fs/cgroup/cpu.max": "x y z"]) == nil)
  }

  /// A group's files in version 2; `files`: bytes of files that were read.
  private func group(_ folder: String, limit: String, used: Int, files: Int) -> [String: String] {
    [
      folder + "/memory.max": limit + "\n", folder + "/memory.current": "\(used)\n",
      folder + "/memory.stat": "anon 7\nfile 9\nactive_file 5\ninactive_file \(files)\ntotal_inactive_file 3\n",
    ]
  }

  private func memory(_ groups: String, _ files: [String: String]) -> ControlGroup {
    ControlGroup(groups: groups) { files[$0] ?? "" }
  }

  @Test func `what is left of memory is the least on the way up, files that were read not counted`() {
    let root = "/sys/fs/cgroup"
    let groups = "0::/job/step\n"
    #expect(memory(groups, [:]).memoryLimit == nil && memory(groups, [:]).memoryLeft == nil)
    // Read in a container, whose path is that of the machine outside.
    let container = memory(groups, group(root, limit: "1000", used: 900, files: 600))
    #expect(container.memoryLimit == 1000 && container.memoryLeft == 700)
    // The limit of a batch system lies in the job's group; that of the step is none.
    var files = group(root + "/job/step", limit: "max", used: 100, files: 0)
    files.merge(group(root + "/job", limit: "500", used: 450, files: 150)) { $1 }
    let job = memory(groups, files)
    #expect(job.memoryLimit == 500 && job.memoryLeft == 200)
    // The largest limit is not the one that leaves least.
    files.merge(group(root + "/job/step", limit: "900", used: 800, files: 50)) { $1 }
    #expect(memory(groups, files).memoryLimit == 500 && memory(groups, files).memoryLeft == 150)
    // Numbers that are read at different moments need not fit each other.
    let late = memory(groups, group(root, limit: "1000", used: 10, files: 30))
    #expect(late.memoryLeft == 1000)
    #expect(memory(groups, group(root, limit: "10", used: 30, files: 5)).memoryLeft == 0)
    #expect(memory(groups, [root + "/memory.max": "99"]).memoryLeft == nil)
  }

  @Test func `version 1 has other names, in a folder of its own`() {
    let groups = "5:memory:/job\n0::/\n"
    let folder = "/sys/fs/cgroup/memory/job/memory."
    let files = [
      folder + "limit_in_bytes": "800\n", folder + "usage_in_bytes": "700\n",
      folder + "stat": "inactive_file 1\ntotal_inactive_file 300\n",
    ]
    #expect(memory(groups, files).memoryLimit == 800 && memory(groups, files).memoryLeft == 400)
    #expect(memory("5:cpu:/job\n", files).memoryLimit == nil)
  }
}
