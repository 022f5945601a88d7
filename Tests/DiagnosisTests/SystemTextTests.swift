import Memory
import Testing

@testable import Diagnosis

/// How the texts are read in which Linux describes itself.
struct SystemTextTests {
  @Test func `values by their keys`() {
    let text = "model\t\t: 17\nmodel name\t: AMD EPYC: a\nflags: a b\nempty:\n"
    #expect(SystemText.value(of: "model name", in: text) == "AMD EPYC: a")
    #expect(SystemText.value(of: "model", in: text) == "17")
    #expect(SystemText.value(of: "flags", in: text) == "a b")
    #expect(SystemText.value(of: "empty", in: text) == "")
    #expect(SystemText.value(of: "none", in: text) == "")
  }

  @Test(arguments: [
    ("0", [0]), ("0-3\n", [0, 1, 2, 3]), ("0-1,8,10-11", [0, 1, 8, 10, 11]), ("3,1", [1, 3]), ("", []), ("x", []),
    ("3-1", []), ("-1", []), ("0-9999999999", []), ("1-", []),
  ])
  func `lists of cores`(text: String, cores: [Int]) { #expect(CoreList.cores(text) == cores) }

  @Test func `lists of cores are written as they are read`() {
    #expect(CoreList.text([]) == "" && CoreList.text([4]) == "4" && CoreList.text([8, 1, 0, 2, 9, 5]) == "0-2,5,8-9")
  }

  @Test(arguments: [
    ("0-127", "0-3\n", [0, 1, 2, 3]), ("1-2", "0-3", [1, 2]), ("0-1", "", [0, 1]), ("", "0-3", []), ("4", "0-3,5", []),
  ])
  func `cores that are switched off are no cores`(allowed: String, online: String, cores: [Int]) {
    #expect(UsableCores.numbers(allowed: allowed, online: online) == cores)
  }

  @Test(arguments: [
    (8, nil, 8), (8, 2.0, 2), (8, 2.9, 2), (8, 0.5, 1), (2, 64.0, 2), (2, 1e300, 2), (1, nil, 1),
  ])
  func `as many threads as can run at a time`(cores: Int, quota: Double?, threads: Int) {
    #expect(UsableCores.threads(cores: cores, quota: quota) == threads)
  }

  @Test func `threads of one core count once`() {
    let siblings = [0: "0,4", 4: "0,4", 1: "1,5", 5: "1,5"]
    #expect(CoreList.wholeCores(of: [0, 1, 4, 5]) { siblings[$0] ?? "" } == 2)
    #expect(CoreList.wholeCores(of: [0, 5]) { siblings[$0] ?? "" } == 2)
    #expect(CoreList.wholeCores(of: [0, 1, 2]) { _ in "" } == 3)
  }

  @Test func `the kind of a file system is that of the nearest mount`() {
    let mounts = "a / ext4 rw\nb /data nfs4 rw\nc /database xfs rw\nd /data tmpfs rw\n"
    #expect(Machine.fileSystem(of: "/", mounts: mounts) == "ext4")
    #expect(Machine.fileSystem(of: "/data/x", mounts: mounts) == "tmpfs")
    #expect(Machine.fileSystem(of: "/database", mounts: mounts) == "xfs")
    #expect(Machine.fileSystem(of: "/x", mounts: "") == "unknown")
  }

  @Test func `versions of libraries`() {
    let maps = """
      7f-80 r-xp 0 00:0 1   /usr/lib/x86_64-linux-gnu/libjpeg.so.62.3.0
      7f-80 r--p 0 00:0 1   /usr/lib/x86_64-linux-gnu/libpng16.so.16.39.0
      7f-80 r--p 0 00:0 1   /usr/lib/x86_64-linux-gnu/libwebp.so.7.1.5
      7f-80 r--p 0 00:0 1   /usr/lib/libm.so.6
      7f-80 rw-p 0 00:0 0   [heap]
      """
    #expect(
      SoftwareVersions.pictureLibraries(maps) == ["libjpeg": "62.3.0", "libpng16": "16.39.0", "libwebp": "7.1.5"])
    #expect(SoftwareVersions.withoutCore("OpenBLAS 0.3 Zen MAX=64", core: "Zen") == "OpenBLAS 0.3 MAX=64")
    let own = SoftwareVersions.own
    #expect(own["C library"]?.hasPrefix("glibc 2.") == true && own["vlm-dist"]?.count ?? 0 > 8)
  }

  @Test func `networks of addresses`() {
    #expect(NetworkInterface.network(0x0A58_0103, 0xFFFF_0000) == "10.88.0.0/16")
    #expect(NetworkInterface.network(0xC0A8_017F, 0xFFFF_FFC0) == "192.168.1.64/26")
  }
}
