import Foundation

/// The checkpoints of a run: `checkpoints/step-N/` in the run directory.
///
/// Saving takes these calls, with the ranks meeting between them: the coordinator calls `begin`; every rank calls
/// `writeShard`; the coordinator gathers their records and calls `commit`, or `abandon` if a rank failed. Until the
/// rename at the end of `commit` all of it is in `step-N.tmp`, which is no checkpoint, so a stop at any point leaves
/// the last complete one. One checkpoint is saved at a time.
public struct CheckpointDirectory: Sendable {
  /// `checkpoints` in the run directory.
  public let path: String

  public init(run: String) { path = "\(run)/checkpoints" }

  func complete(_ step: Int) -> String { place(.complete, step) }
  func temporary(_ step: Int) -> String { place(.temporary, step) }
  /// One that a run could not use, and went back behind: no checkpoint any more, for the device may read it well the next
  /// time, when the run has gone another way to its step.
  func damaged(_ step: Int) -> String { place(.damaged, step) }
  /// An older checkpoint of the same step, aside for the moment in which the new one takes its name.
  func replaced(_ step: Int) -> String { place(.replaced, step) }
  private func place(_ kind: Name.Kind, _ step: Int) -> String { "\(path)/\(Name(kind, step).text)" }

  /// Coordinator: makes `step-N.tmp` afresh, and `checkpoints` where it is missing. The run directory must be there: one
  /// that was removed or unmounted in mid-run took the journal with it. Throws `system`.
  public func begin(step: Int) throws(CheckpointError) {
    precondition(step >= 0, "begin: step \(step)")
    if mkdir(path, 0o755) != 0, errno != EEXIST { throw .system(action: "create", path: path, errno: errno) }
    removeLeftovers()
    try removeTree(temporary(step))
    if mkdir(temporary(step), 0o755) != 0 {
      throw .system(action: "create", path: temporary(step), errno: errno)
    }
  }

  /// Coordinator, with the run's lock: removes what was half written or half deleted when the run was killed. It would take
  /// the room of the next checkpoint.
  public func removeLeftovers() {
    for name in entries() where Name(name)?.kind == .temporary { try? removeTree("\(path)/\(name)") }
  }

  /// Coordinator, with the run's lock: takes the name from checkpoints of later steps than the one that the run goes on
  /// from. They neither count as kept ones nor come back. Throws `system`.
  public func setAside(after step: Int) throws(CheckpointError) {
    for candidate in candidates(among: try listing(), withReplaced: true) where candidate.step > step {
      try removeTree(damaged(candidate.step))
      if rename(candidate.path, damaged(candidate.step)) != 0 {
        throw .system(action: "rename", path: candidate.path, errno: errno)
      }
    }
  }

  /// Every rank: writes its shard, waits for the disk, reads it back and compares every checksum, and returns the record
  /// that `commit` needs. The pieces of all ranks make up all `total` elements of the checkpoint, each once, in whatever
  /// parts. `level`: of zstd, negative ones are faster.
  /// Throws `system` (the shard is then removed), `compression`, or `damaged` if the device did not keep what it was given.
  public func writeShard(
    step: Int, rank: Int, ranks: Int, total: Int, pieces: [CheckpointPiece], level: Int
  ) throws(CheckpointError) -> [UInt8] {
    let directory = temporary(step)
    let record = try ShardWriter.write(
      to: directory, rank: rank, ranks: ranks, total: total, pieces: pieces, level: level)
    try ShardWriter.verify(record, in: directory)
    // Strings, integers and arrays: nothing in here can fail to encode.
    return Array((try? Manifest.encoder.encode(record)) ?? Data())
  }

  /// Coordinator: gives up the checkpoint that was begun. What cannot be removed is removed by a later `commit`.
  public func abandon(step: Int) { try? removeTree(temporary(step)) }

  /// All directories that should be checkpoints, whole or not, the oldest first.
  public var paths: [String] { candidates().reversed().map(\.path) }

  /// The checkpoints whose manifest is in order, the oldest first. Shards are not looked at.
  public func list() -> [CheckpointSummary] {
    candidates().reversed().compactMap { candidate in
      guard let manifest = try? OpenCheckpoint.manifest(of: candidate.path) else { return nil }
      var status = stat()
      stat("\(candidate.path)/\(Manifest.file)", &status)
      let date = Date(timeIntervalSince1970: Double(status.st_mtim.tv_sec) + Double(status.st_mtim.tv_nsec) * 1e-9)
      return CheckpointSummary(
        step: manifest.step, bytes: manifest.shardBytes, ranks: manifest.shards.count, path: candidate.path, date: date)
    }
  }

  /// The newest checkpoint that is whole: every byte is read and checked. What is wrong with newer ones goes to
  /// `report`, a sentence each. Nil if the run has no checkpoint; throws `noneGood` if it has and all are damaged, and
  /// `newerVersion` rather than going back behind the work of a newer program, and `system` rather than beginning anew
  /// where the directory cannot be listed, or going back where a file cannot be had now.
  public func latestGood(report: (String) -> Void) throws(CheckpointError) -> OpenCheckpoint? {
    let candidates = candidates(among: try listing(), withReplaced: true)
    var failed = 0
    for candidate in candidates {
      do throws(CheckpointError) {
        let checkpoint = try OpenCheckpoint(path: candidate.path)
        try checkpoint.verify()
        if failed > 0 { report("using the checkpoint of step \(checkpoint.step) instead: \(checkpoint.path)") }
        return checkpoint
      } catch .newerVersion(let path, let found, let supported) {
        throw .newerVersion(path: path, found: found, supported: supported)
      } catch {
        if error.isPassing { throw error }
        failed += 1
        report(error.description)
      }
    }
    if failed > 0 { throw .noneGood(path: path, count: failed) }
    return nil
  }
}

/// A checkpoint in the list of a run.
public struct CheckpointSummary: Equatable, Sendable {
  public let step: Int
  /// Bytes of all shards.
  public let bytes: Int
  /// Number of ranks that wrote it.
  public let ranks: Int
  public let path: String
  /// When its manifest was written.
  public let date: Date
}
