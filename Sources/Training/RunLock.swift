import Checkpoints
import Foundation

/// The right to write into a run directory: one training has it at a time, and it ends with the process. Rank 0 of a start
/// whose host was cut off may still live when the next start begins elsewhere; that one waits for its end.
final class RunLock {
  private let file: Int32

  /// Waits for up to `seconds` while another training has it, and says so to people. A file system that knows no locks
  /// grants it.
  /// - Throws: `TrainingError.runInUse`; `CheckpointError.system` where the directory cannot be written.
  init(run: String, waiting seconds: Double) throws {
    let path = run + "/lock"
    file = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
    guard file >= 0 else { throw CheckpointError.system(action: "open for writing", path: path, errno: errno) }
    let end = ContinuousClock.now + .seconds(seconds)
    var isSaid = false
    while flock(file, LOCK_EX | LOCK_NB) != 0, [EWOULDBLOCK, EINTR].contains(errno) {
      guard ContinuousClock.now < end else {
        close(file)
        throw TrainingError.runInUse(run: run)
      }
      if !isSaid, seconds >= 1 {
        isSaid = true
        complain("\(run): another training writes into it; waiting up to \(Int(seconds)) s for its end")
      }
      usleep(50_000)
    }
  }

  deinit { close(file) }
}
