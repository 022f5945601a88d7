import Foundation

extension Finding {
  /// What a user reads: where it is (empty: everywhere), what is wrong, and what to do about it.
  public struct Words: Equatable, Sendable {
    public let place: String
    public let what: String
    public let advice: String

    /// One line.
    public var line: String { (place.isEmpty ? "" : place + ": ") + what + "; " + advice }
  }

  /// `hosts`: the names of all hosts. What is so on all of them is not told with their names.
  public func words(hosts all: [String]) -> Words {
    func words(_ place: [String], _ what: String, _ advice: String) -> Words {
      Words(place: Set(place) == Set(all) ? "" : Self.list(place), what: what, advice: advice)
    }
    switch self {
    case .lacksAVX2(let hosts):
      return words(
        hosts, "this processor lacks AVX2 or FMA, which the kernels are compiled for",
        "build with VLM_DIST_MARCH=x86-64-v2")
    case .lacksBFloat16(let hosts):
      return words(
        hosts, "no bf16 instructions: precision: bf16 is computed in fp32",
        "take precision: fp32, or hosts with AVX512_BF16 or AMX")
    case .forcedCore(let hosts, let core):
      return words(
        hosts, "OPENBLAS_CORETYPE=\(core) forces OpenBLAS's kernel", "unset it unless that is meant")
    case .smallSharedMemory(let host, let ranks):
      return words(
        [host], "/dev/shm is too small for \(ranks) ranks",
        "enlarge it to \(ranks * 64) MB (docker run --shm-size, or an emptyDir of medium Memory there)")
    case .networkFileSystem(let hosts, let directory):
      return words(
        hosts, "\(directory) is on a network file system: a checkpoint waits for it",
        all.count > 1 ? "take the fastest that all hosts see" : "a local disk is faster")
    case .littleDisk(let hosts, let directory):
      return words(
        hosts, "\(directory) has less than 2 GB free: a checkpoint of a large model will not fit", "free space")
    case .versions(let component, let variants):
      return Words(
        place: "", what: "\(component) differs: \(Self.list(variants))", advice: Self.versionAdvice(component))
    case .processors(let variants):
      return Words(
        place: "", what: "processors differ, and with them the last bits of what they compute: \(Self.list(variants))",
        advice: "take equal hosts where runs must repeat to the bit, or hold all to the least with "
          + "mpirun -x OPENBLAS_CORETYPE=Haswell -x ONEDNN_MAX_CPU_ISA=AVX2")
    case .setting(let variable, let variants):
      return Words(
        place: "", what: "\(variable) differs: \(Self.list(variants))",
        advice: "give it to all ranks (mpirun -x \(variable)) or unset it; ssh leaves the environment behind")
    case .clock(let host, let seconds):
      let offset = Self.number(abs(seconds))
      return words(
        [host], "the clock is \(offset) s \(seconds > 0 ? "ahead" : "behind")",
        "start chrony or another NTP service there: nothing is decided by clocks, but times of files and logs mislead")
    case .oneMachine(let hosts):
      return Words(
        place: "", what: "\(Self.list(hosts)) are containers of one machine: they share its cores, but no memory",
        advice: "start one container per machine with all its ranks (Kubernetes: podAntiAffinity, slotsPerWorker)")
    case .unevenRanks(let variants):
      return Words(
        place: "", what: "ranks per host: \(Self.list(variants))",
        advice: "give equal hosts equal numbers, best a power of two (mpirun --map-by ppr:RANKS:node, or slots=)")
    case .takeTurns, .crowded, .quota, .idleCores, .notShared: return coreWords(words)
    case .interfaces, .noAnswer, .slowHost, .slowLink, .narrowLinks: return linkWords(words)
    case .folderNotWritable(let host, let path, let fault):
      return words([host], "cannot write in \(path) (\(fault))", "make it writable, or name another one with --run")
    case .folderNotSeen(let hosts, let writer, let path):
      return words(
        hosts, "what \(writer) writes in \(path) is not seen there",
        "mount one file system at that path on all hosts: every rank writes its part of a checkpoint into it")
    case .slowSync(let path, let seconds):
      return Words(
        place: "", what: "a small file in \(path) takes \(Self.number(seconds)) s until it is on the disk",
        advice: "take a faster file system for the run directory: a checkpoint syncs several files")
    }
  }

  private static func versionAdvice(_ component: String) -> String {
    switch component {
    case SoftwareVersions.program: "copy one build to all hosts, or start it from a file system that they share"
    case SoftwareVersions.mpi: "install one version of Open MPI (openmpi-bin, libopenmpi3) on all hosts"
    case "OpenBLAS": "install one version of libopenblas0 on all hosts: figures differ in their last bits"
    case "oneDNN": "install one version of libdnnl on all hosts: figures differ in their last bits"
    case "zstd": "install one version of libzstd1 on all hosts"
    case "C library": "take the same release of the system on all hosts"
    default: "install one version of the package with \(component) on all hosts: pixels may differ"
    }
  }

  /// "n1, n2 and n3"; of a long list the first ones and how many more there are.
  static func list(_ names: [String]) -> String {
    let shown = names.count > 5 ? names.prefix(4) + ["\(names.count - 4) more"] : names[...]
    guard let last = shown.last, shown.count > 1 else { return shown.first ?? "" }
    return shown.dropLast().joined(separator: ", ") + " and " + last
  }

  private static func list(_ variants: [Variant]) -> String {
    variants.map { "\($0.value) on \(list($0.hosts))" }.joined(separator: ", ")
  }

  /// Three digits that count, without an exponent.
  static func number(_ value: Double) -> String {
    let digits = value >= 100 ? 0 : value >= 10 ? 1 : value >= 1 ? 2 : 3
    return String(format: "%.\(digits)f", value)
  }
}
