import Checkpoints
import Communication
import Foundation

/// The right to write into a run directory: one training has it at a time, and it ends with the process. Rank 0 of a start
/// whose host was cut off may still live when the next start begins elsewhere; that one waits for its end. The file says
/// whose it is; that it changes tells launch/run that the start has come so far.
final class RunLock {
  private let file: Int32

  /// Waits for up to `seconds` while another training has it, and says so to people. A file system that knows no locks
  /// grants it.
  /// - Throws: `TrainingError.runInUse`; `CheckpointError.system` where the directory cannot be written.
  init(run: String, waiting seconds: Double) throws {
    let path = run + "/lock"
    let end = ContinuousClock.now + .seconds(seconds)
    var isSaid = false
    while true {
      let file = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
      guard file >= 0 else { throw CheckpointError.system(action: "open for writing", path: path, errno: errno) }
      let isFree = flock(file, LOCK_EX | LOCK_NB) == 0 || ![EWOULDBLOCK, EINTR].contains(errno)
      if isFree, Self.isStill(file, path) {
        self.file = file
        break
      }
      // Opened anew each time: the run may be set aside meanwhile, and its lock with it.
      close(file)
      guard ContinuousClock.now < end else { throw TrainingError.runInUse(run: run, holder: Self.holder(path)) }
      if !isSaid, seconds >= 1 {
        isSaid = true
        complain("\(TrainingError.inUse(run, by: Self.holder(path))); waiting up to \(Int(seconds)) s for its end")
      }
      usleep(50_000)
    }
    // Who it is helps people only: a full disk is found by the records, which say so.
    let owner = "process \(getpid()) on \(Launch.hostName), since \(Date.now.formatted(.iso8601))\n"
    _ = ftruncate(file, 0)
    _ = unsafe owner.withCString { unsafe write(file, $0, owner.utf8.count) }
  }

  /// Whether `file` is what lies at `path`.
  private static func isStill(_ file: Int32, _ path: String) -> Bool {
    var (opened, there) = (stat(), stat())
    guard unsafe fstat(file, &opened) == 0, unsafe stat(path, &there) == 0 else { return false }
    return opened.st_ino == there.st_ino && opened.st_dev == there.st_dev
  }

  /// Who has or had the lock, in the words of the file.
  private static func holder(_ path: String) -> String? {
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { return nil }
    let line = text.prefix { $0 != "\n" }
    return line.isEmpty ? nil : String(line)
  }

  deinit { close(file) }
}
