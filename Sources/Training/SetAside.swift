import Checkpoints
import Foundation

/// Renames what lies at `run` to `run.old-N`, N counting from 1, so that a new run can begin there.
///
/// - Returns: the new path; nil if there is nothing at `run`.
/// - Throws: `TrainingError.runInUse` if another training writes there for `seconds` more; `CheckpointError.system`.
public func setAside(run: String, waiting seconds: Double = 20) throws -> String? {
  let files = FileManager.default
  var run = run
  // "x/" would be renamed into itself.
  while run.count > 1, run.hasSuffix("/") { run.removeLast() }
  guard files.fileExists(atPath: run) else { return nil }
  // A training under way would go on writing by path, into the new run. The lock moves with the directory, and is let
  // go when this returns.
  let lock = try RunLock(run: run, waiting: seconds)
  defer { withExtendedLifetime(lock) {} }
  var number = 1
  while files.fileExists(atPath: "\(run).old-\(number)") { number += 1 }
  let aside = "\(run).old-\(number)"
  guard unsafe rename(run, aside) == 0 else { throw CheckpointError.system(action: "rename", path: run, errno: errno) }
  return aside
}
