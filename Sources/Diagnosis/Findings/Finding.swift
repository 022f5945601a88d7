import Communication

/// Something to change. What a user reads of it is made in `Finding+Words.swift`.
public enum Finding: Equatable, Sendable {
  /// A value and the hosts that have it.
  public struct Variant: Equatable, Sendable {
    public let value: String
    public let hosts: [String]

    public init(value: String, hosts: [String]) {
      self.value = value
      self.hosts = hosts
    }
  }

  // What a host lacks. `hosts`: their names, of all hosts that lack it.
  case lacksAVX2(hosts: [String])
  case lacksBFloat16(hosts: [String])
  /// OPENBLAS_CORETYPE is set to `core`.
  case forcedCore(hosts: [String], core: String)
  /// /dev/shm is smaller than Open MPI wants it for so many ranks.
  case smallSharedMemory(host: String, ranks: Int)
  case networkFileSystem(hosts: [String], directory: String)
  case littleDisk(hosts: [String], directory: String)

  // What hosts do not have in common.
  case versions(component: String, variants: [Variant])
  case processors(variants: [Variant])
  case setting(variable: String, variants: [Variant])
  /// The host's clock is ahead of rank 0's by so many seconds.
  case clock(host: String, seconds: Double)
  /// Hosts that are one machine.
  case oneMachine(hosts: [String])
  case unevenRanks(variants: [Variant])

  // Cores. `hosts`: those of one machine.
  /// More threads than cores. `unused`: cores of the machine that no rank may use. `binding`: the variable of the environment
  /// that may have done it.
  case takeTurns(hosts: [String], ranks: Int, threads: Int, cores: Int, unused: Int, binding: String?)
  /// These ranks may only use these cores, which are too few, while other ranks have others; `binding` as above.
  case crowded(host: String, ranks: [Int], threads: Int, cores: [Int], binding: String?)
  /// The control group gives `cores` cores' worth of time to ranks with so many threads.
  case quota(hosts: [String], cores: Double, threads: Int)
  case idleCores(hosts: [String], threads: Int, cores: Int)
  /// Ranks that cannot share memory with a rank of their host: how many, and what the first one met.
  case notShared(host: String, count: Int, fault: SharingFault)

  // The network.
  /// The host has several ways out and Open MPI was not told which to take. `common`: the one network that all hosts have.
  case interfaces(host: String, names: [String], common: String?)
  case noAnswer(from: String, to: String)
  /// All that a host sends, or receives, is slow beside `usual`, the middle of all links; bytes a second.
  case slowHost(host: String, sends: Bool, speed: Double, usual: Double)
  /// A single link is. `others`: how many more there are that are no slower.
  case slowLink(from: String, to: String, speed: Double, usual: Double, others: Int)
  /// `count` of `all` links carry less than 1 Gb/s; the slowest is named.
  case narrowLinks(count: Int, all: Int, from: String, to: String, speed: Double)

  // The run directory.
  case folderNotWritable(host: String, path: String, fault: String)
  case folderNotSeen(hosts: [String], writer: String, path: String)
  case slowSync(path: String, seconds: Double)
}
