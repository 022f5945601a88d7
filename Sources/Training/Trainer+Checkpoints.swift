import Communication
import Foundation

// Checkpoints of a run under way.
extension Trainer {
  /// Collective. Copies the state and lets it be written while training goes on. `isAwaited`: returns when it exists.
  func save(isAwaited: Bool) throws {
    let isLate = snapshot.isUnderWay && !snapshot.isDone
    try takeCheckpoint()
    let request = CheckpointRequest(
      step: try currentStep(), reason: coordinator?.checkpointReason(isLate: isLate) ?? "",
      state: try coordinator?.state.json ?? [],
      level: recipe.checkpoint.zstdLevel, keep: recipe.checkpoint.keep)
    // The lines that a checkpoint stands on must be safe before it exists; what is added meanwhile does no harm.
    nonisolated(unsafe) let records = records
    try snapshot.begin(request, snapshot.state(of: loaded.model, trained: trained, optimizer: optimizer)) {
      try unsafe records?.flush()
    }
    try noteFeatures(faultOnly: true)
    if isAwaited { try takeCheckpoint() }
  }

  /// Collective. Takes what became of the checkpoint under way, waiting for it if need be.
  func takeCheckpoint() throws {
    let began = ContinuousClock.now
    guard var written = try snapshot.finish() else { return }
    written.blockedSeconds += (ContinuousClock.now - began) / .seconds(1)
    try coordinator?.saved(written)
    reached(.checkpoint)
  }

  /// A run that ends with an error keeps the checkpoint that it has begun, if the other ranks are still there to write
  /// their shards. The error is what is told.
  func keepWhatIsUnderWay(after error: any Error) {
    if error is CommunicationError { return }
    if let written = snapshot.finish(within: 30) { try? coordinator?.saved(written) }
  }
}
