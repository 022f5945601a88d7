import Checkpoints
import Communication
import Profiling

/// Makes a checkpoint of the ranks' copies, on a thread and a communicator of its own.
struct CheckpointWriter: Sendable {
  let directory: CheckpointDirectory
  let communicator: any Communicator

  /// Collective. Every rank writes and reads back its shard; rank 0 makes the checkpoint exist. Errors of any rank reach
  /// all, and the last checkpoint is then still there.
  func write(
    _ request: CheckpointRequest, tensors: [CheckpointTensorDescriptor], pieces: [CheckpointPiece],
    blockedSeconds: Double, beforeCommit: () throws -> Void
  ) throws -> WrittenCheckpoint {
    let began = ContinuousClock.now
    do {
      try communicator.together { if communicator.rank == 0 { try directory.begin(step: request.step) } }
      let record = try communicator.together {
        let span = Profile.operation("shard written and read back")
        defer { span.end() }
        return try directory.writeShard(
          step: request.step, rank: communicator.rank, ranks: communicator.size,
          total: tensors.reduce(0) { $0 + $1.shape.reduce(1, *) }, pieces: pieces, level: request.level)
      }
      let blocked = Double(try communicator.allAgree(max: Int(blockedSeconds * 1e6))) / 1e6
      let records = try communicator.gather(record, to: 0)
      let committed = try communicator.together { () throws -> CommittedCheckpoint? in
        guard communicator.rank == 0 else { return nil }
        try beforeCommit()
        return try directory.commit(
          step: request.step, shards: records, tensors: tensors, state: request.state, keep: request.keep)
      }
      return WrittenCheckpoint(
        step: request.step, reason: request.reason, bytes: committed?.bytes ?? 0, blockedSeconds: blocked,
        writeSeconds: (ContinuousClock.now - began) / .seconds(1),
        problems: committed?.problems.map(\.description) ?? [])
    } catch {
      // Half a checkpoint must not go on taking the room that was too small.
      if communicator.rank == 0 { directory.abandon(step: request.step) }
      throw error
    }
  }
}
