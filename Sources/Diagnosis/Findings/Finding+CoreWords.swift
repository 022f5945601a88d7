import Communication
import Glibc

extension Finding {
  /// `words`: makes them from the hosts' names, what is wrong and what to do.
  func coreWords(_ words: ([String], String, String) -> Words) -> Words {
    switch self {
    case .takeTurns(let hosts, let ranks, let threads, let cores, let unused, let binding):
      let each = threads == ranks ? "" : " with \(threads) threads"
      let noun = ranks == 1 ? "rank" : "ranks"
      let more = unused > 0 ? ", or allow more than \(cores) of \(cores + unused) (\(Self.unbind(binding)))" : ""
      return words(
        hosts, "\(ranks) \(noun)\(each) on \(cores) \(cores == 1 ? "core" : "cores") take turns",
        "use as many ranks as cores for speed\(more)")
    case .crowded(let host, let ranks, let threads, let cores, let binding):
      let who = ranks.count == 1 ? "rank \(ranks[0]) with \(threads) threads" : "ranks \(CoreList.text(ranks))"
      return words(
        [host],
        "\(who) may use only \(cores.count == 1 ? "core" : "cores") \(CoreList.text(cores)), though other ranks have others",
        "let all use all cores (\(Self.unbind(binding)))")
    case .quota(let hosts, let cores, let threads):
      return words(
        hosts, "the control group gives \(Finding.number(cores)) cores' worth of time to \(threads) threads",
        "raise its limit (docker run --cpus, resources.limits.cpu) or start fewer ranks")
    case .idleCores(let hosts, let threads, let cores):
      return words(
        hosts, "\(threads) of \(cores) cores have work", "start \(cores) ranks there (slots= in the hostfile)")
    case .notShared(let host, let count, let fault):
      return words([host], Finding.sharingFault(fault, count: count), Finding.sharingAdvice(fault))
    default: preconditionFailure("coreWords: \(self)")
    }
  }

  private static func unbind(_ binding: String?) -> String {
    binding.map { "unset \($0)" } ?? "mpirun --bind-to none, srun --cpu-bind=none and enough --cpus-per-task"
  }

  private static func sharingFault(_ fault: SharingFault, count: Int) -> String {
    let reason = String(cString: strerror(fault.code))
    let what =
      fault.owner == fault.rank
      ? "rank \(fault.rank) gets no memory to share (\(reason))"
      : "rank \(fault.rank) cannot open the memory of rank \(fault.owner) (\(reason))"
    return what + (count > 1 ? ", nor \(count - 1) more of the host" : "")
      + ": on all hosts gradients of neighbours go through messages, which is slower"
  }

  private static func sharingAdvice(_ fault: SharingFault) -> String {
    if fault.owner == fault.rank { return "look at ulimit -n and at the memory that is left" }
    switch fault.code {
    case EACCES, EPERM:
      return "start the ranks of a host as one user and in one container (the kernel's ptrace rule guards "
        + "/proc/PID/fd; docker run --cap-add SYS_PTRACE)"
    case ENOENT: return "mount /proc without hidepid, and start the ranks of a host in one container"
    default: return "look at ulimit -n and at the memory that is left"
    }
  }
}
