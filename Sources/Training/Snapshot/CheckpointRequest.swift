import Checkpoints

/// What a checkpoint is to hold beside the tensors, and how it is to be written.
struct CheckpointRequest: Sendable {
  let step: Int
  /// For the journal.
  let reason: String
  /// The coordinator's; empty on other ranks.
  let state: [UInt8]
  let level: Int
  let keep: Int
}

/// A checkpoint that exists.
struct WrittenCheckpoint: Equatable, Sendable {
  let step: Int
  let reason: String
  /// Bytes of all shards.
  let bytes: Int
  /// Seconds for which training stood still: the slowest rank's copy, and what was waited for afterwards.
  var blockedSeconds: Double
  /// Seconds from the copy until it existed.
  let writeSeconds: Double
  /// What could not be tidied up, a sentence each.
  let problems: [String]
}
