import Foundation

extension CheckpointDirectory {
  /// What a name in the directory stands for: `step-N`, and `step-N.tmp` and so on.
  struct Name {
    enum Kind: String, CaseIterable {
      case complete = ""
      case temporary = ".tmp"
      case replaced = ".replaced"
      case damaged = ".damaged"
    }

    let step: Int
    let kind: Kind

    var text: String { "step-\(step)\(kind.rawValue)" }

    init(_ kind: Kind, _ step: Int) { (self.kind, self.step) = (kind, step) }

    /// Nil for anything else.
    init?(_ text: String) {
      guard text.hasPrefix("step-") else { return nil }
      let kind = Kind.allCases.last { text.hasSuffix($0.rawValue) } ?? .complete
      let digits = text.dropFirst("step-".count).dropLast(kind.rawValue.count)
      guard let step = Int(digits), step >= 0, String(step) == digits else { return nil }
      self.init(kind, step)
    }
  }

  struct Candidate {
    let step: Int
    let path: String
    let isReplaced: Bool
  }

  /// Directories that should be checkpoints, the newest first.
  func candidates() -> [Candidate] { candidates(among: entries()) }

  /// Those of the names `entries`. `withReplaced`: one that was replaced comes behind its successor, should that be damaged;
  /// otherwise it counts only while the step has no other.
  func candidates(among entries: [String], withReplaced: Bool = false) -> [Candidate] {
    entries.compactMap { entry -> Candidate? in
      guard let name = Name(entry), [.complete, .replaced].contains(name.kind) else { return nil }
      let isReplaced = name.kind == .replaced
      if isReplaced, !withReplaced, access(complete(name.step), F_OK) == 0 { return nil }
      return Candidate(step: name.step, path: "\(path)/\(entry)", isReplaced: isReplaced)
    }
    .sorted { ($0.step, $1.isReplaced ? 1 : 0) > ($1.step, $0.isReplaced ? 1 : 0) }
  }

  /// What is in the directory, as far as it can be listed.
  func entries() -> [String] { (try? listing()) ?? [] }

  /// What is in the directory; nothing if it was never made. It throws where the directory cannot be listed: a disk that is
  /// away must not look like a run that has saved nothing, which would begin anew.
  func listing() throws(CheckpointError) -> [String] {
    guard let directory = opendir(path) else {
      let code = errno
      var status = stat()
      // A link whose target is gone is there.
      if code == ENOENT, lstat(path, &status) != 0, errno == ENOENT { return [] }
      throw .system(action: "list", path: path, errno: code)
    }
    defer { closedir(directory) }
    var names: [String] = []
    errno = 0
    while let entry = readdir(directory) {
      let start = UnsafeRawPointer(entry).advanced(by: MemoryLayout<dirent>.offset(of: \dirent.d_name) ?? 0)
      let name = String(cString: start.assumingMemoryBound(to: CChar.self))
      if name != ".", name != ".." { names.append(name) }
      errno = 0
    }
    if errno != 0 { throw .system(action: "list", path: path, errno: errno) }
    return names
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
