import Foundation

extension CheckpointDirectory {
  struct Candidate {
    let step: Int
    let path: String
    let isReplaced: Bool
  }

  /// Directories that should be checkpoints, the newest first.
  func candidates() -> [Candidate] {
    entries().compactMap { name -> Candidate? in
      guard name.hasPrefix("step-") else { return nil }
      let isReplaced = name.hasSuffix(".replaced")
      let digits = name.dropFirst("step-".count).dropLast(isReplaced ? ".replaced".count : 0)
      guard let step = Int(digits), step >= 0, String(step) == digits else { return nil }
      // It counts only for the moment in which the step has no other.
      if isReplaced, access(complete(step), F_OK) == 0 { return nil }
      return Candidate(step: step, path: "\(path)/\(name)", isReplaced: isReplaced)
    }
    .sorted { $0.step > $1.step }
  }

  func entries() -> [String] { (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? [] }

  /// Throws unless the directory can be listed or was never made. A disk that is away must not look like a run that has
  /// saved nothing: it would begin anew.
  func checkReachable() throws(CheckpointError) {
    if let directory = opendir(path) {
      closedir(directory)
      return
    }
    let code = errno
    var status = stat()
    // A link whose target is gone is there.
    if code == ENOENT, lstat(path, &status) != 0, errno == ENOENT { return }
    throw .system(action: "list", path: path, errno: code)
  }

  /// Removes a directory with all that is in it, if it is there.
  func removeTree(_ tree: String) throws(CheckpointError) {
    var status = stat()
    if lstat(tree, &status) != 0, errno == ENOENT { return }
    // A link to a directory is not followed: only the link goes.
    if status.st_mode & S_IFMT == S_IFDIR {
      for name in (try? FileManager.default.contentsOfDirectory(atPath: tree)) ?? [] {
        try removeTree("\(tree)/\(name)")
      }
    }
    if remove(tree) != 0, errno != ENOENT { throw .system(action: "remove", path: tree, errno: errno) }
  }
}
