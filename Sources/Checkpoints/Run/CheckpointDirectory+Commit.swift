import Foundation

extension CheckpointDirectory {
  /// Coordinator: makes a checkpoint of `step-N.tmp`.
  ///
  /// Checks that the records of all ranks make up every element of `tensors`, writes the manifest, reads it back, checks
  /// that the shards have their sizes, renames, and looks at the result; only then are those older than the `keep` newest
  /// deleted. Checkpoints of later steps (left by a run that went back) are not touched.
  ///
  /// - Returns: its size, and what could not be tidied up; the checkpoint is nevertheless complete.
  /// - Throws: `inconsistent`, `damaged` or `system`; an older checkpoint is then still there.
  @discardableResult
  public func commit(
    step: Int, shards: [[UInt8]], tensors: [CheckpointTensorDescriptor], state: [UInt8], keep: Int
  ) throws(CheckpointError) -> CommittedCheckpoint {
    do throws(CheckpointError) {
      return try makeComplete(step: step, shards: shards, tensors: tensors, state: state, keep: keep)
    } catch {
      // A directory that was taken away is no damaged checkpoint: it could not be written.
      if access(path, F_OK) != 0 { throw .system(action: "write to", path: path, errno: errno) }
      throw error
    }
  }

  private func makeComplete(
    step: Int, shards: [[UInt8]], tensors: [CheckpointTensorDescriptor], state: [UInt8], keep: Int
  ) throws(CheckpointError) -> CommittedCheckpoint {
    let from = temporary(step)
    let records = try decoded(shards, path: from)
    let manifest = Manifest(step: step, tensors: tensors, shards: records, state: state)
    if let reason = manifest.inconsistency { throw .inconsistent(path: from, reason: reason) }

    let file = try DurableFile(path: "\(from)/\(Manifest.file)")
    try file.write(manifest.encoded())
    try file.finish()
    try DurableFile.syncDirectory(from)
    try verify(manifest, at: from)
    try publish(step)
    try verify(manifest, at: complete(step))
    return CommittedCheckpoint(bytes: manifest.shardBytes, problems: tidyUp(after: step, keep: max(1, keep)))
  }

  private func decoded(_ shards: [[UInt8]], path: String) throws(CheckpointError) -> [ShardRecord] {
    var records: [ShardRecord] = []
    for shard in shards {
      guard let record = try? JSONDecoder().decode(ShardRecord.self, from: Data(shard)) else {
        throw .inconsistent(path: path, reason: "a shard record that is none")
      }
      records.append(record)
    }
    return records.sorted { $0.rank < $1.rank }
  }

  /// Gives `step-N.tmp` its name. A directory cannot be renamed over another one, so an older checkpoint of the step
  /// steps aside first; under its new name it still counts until the new one is there.
  private func publish(_ step: Int) throws(CheckpointError) {
    let target = complete(step)
    if access(target, F_OK) == 0 {
      try removeTree(replaced(step))
      if rename(target, replaced(step)) != 0 { throw .system(action: "rename", path: target, errno: errno) }
    }
    if rename(temporary(step), target) != 0 { throw .system(action: "rename to", path: target, errno: errno) }
    try DurableFile.syncDirectory(path)
    try DurableFile.syncDirectory(DurableFile.parent(of: path))
  }

  /// Reads the manifest from the device, as the shards were, and looks whether these are all there and have their sizes.
  private func verify(_ manifest: Manifest, at directory: String) throws(CheckpointError) {
    let path = "\(directory)/\(Manifest.file)"
    try InputFile(path: path).forget()
    if try OpenCheckpoint(path: directory).manifest != manifest { throw .damaged(path: path, fault: .manifestChecksum) }
  }

  private func tidyUp(after step: Int, keep: Int) -> [CheckpointError] {
    var problems: [CheckpointError] = []
    let older = candidates().filter { $0.step < step }
    for candidate in older.dropFirst(keep - 1) {
      // Renamed first: half a deletion must not look like a damaged checkpoint.
      do throws(CheckpointError) {
        let aside = temporary(candidate.step)
        try removeTree(aside)
        if rename(candidate.path, aside) != 0 {
          throw .system(action: "rename", path: candidate.path, errno: errno)
        }
      } catch { problems.append(error) }
    }
    for entry in entries() {
      guard let name = Name(entry), isOver(name, at: step) else { continue }
      do throws(CheckpointError) { try removeTree("\(path)/\(entry)") } catch { problems.append(error) }
    }
    return problems
  }

  /// Whether what the name stands for is of no use any more when `step` has come into being.
  private func isOver(_ name: Name, at step: Int) -> Bool {
    switch name.kind {
    case .complete: false
    case .temporary: true
    // Only when its successor stands.
    case .replaced: access(complete(name.step), F_OK) == 0
    // What the run could not use stays until it has come past it.
    case .damaged: name.step <= step
    }
  }
}

/// What `commit` has to tell.
public struct CommittedCheckpoint: Equatable, Sendable {
  /// Bytes of all shards.
  public let bytes: Int
  /// What older or half-written checkpoints could not be removed.
  public let problems: [CheckpointError]
}
