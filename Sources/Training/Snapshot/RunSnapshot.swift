import Checkpoints
import Communication
import Foundation
import Models
import Profiling
import Tensors

/// Writes and reads the state of a run: parameters that were ever trained, moments of the optimizer, coordinator's state.
///
/// A checkpoint is copied at a step boundary and written by a thread with a communicator of its own while training goes
/// on; one at a time. What that thread met, on whatever rank, all ranks learn from `finish`.
final class RunSnapshot {
  let directory: CheckpointDirectory
  private let communicator: any Communicator
  private let buffer = SnapshotBuffer()
  private var task: BackgroundTask<WrittenCheckpoint>?

  /// Collective.
  init(directory: CheckpointDirectory, communicator: any Communicator) throws(CommunicationError) {
    self.directory = directory
    self.communicator = try communicator.duplicate()
  }

  /// Whether a checkpoint was begun that `finish` has not seen. The same on all ranks.
  var isUnderWay: Bool { task != nil }

  /// Whether `finish` would not wait. It may be false on one rank and true on another.
  var isDone: Bool { task?.isDone ?? false }

  /// What every rank has of the state.
  static func tensors(
    of model: VisionLanguageModel, trained: Set<String>, optimizer: OptimizerState?
  ) -> [CheckpointTensor] {
    var tensors: [CheckpointTensor] = []
    for parameter in model.store.parameters where trained.contains(parameter.name) {
      unsafe tensors.append(
        CheckpointTensor(
          name: parameter.name, pointer: parameter.value.pointer, count: parameter.count, shape: parameter.shape))
    }
    if let optimizer {
      for (name, storage) in [("optimizer.m", optimizer.m), ("optimizer.v", optimizer.v)] {
        unsafe tensors.append(
          CheckpointTensor(name: name, pointer: storage.base, count: storage.count, shape: [storage.count]))
      }
    }
    return tensors
  }

  /// Obtains the memory that copies of `tensors` will take, before the first one is under way.
  func reserve(_ tensors: [CheckpointTensor]) {
    precondition(!isUnderWay, "reserve: the copy is being written")
    buffer.reserve(share(tensors).reduce(0) { $0 + $1.count })
  }

  private func share(_ tensors: [CheckpointTensor]) -> [CheckpointPiece] {
    CheckpointTensor.share(of: tensors, rank: communicator.rank, ranks: communicator.size)
  }

  /// Collective. Copies this rank's share of what every rank has, and starts to write it. None is under way.
  func begin(
    _ request: CheckpointRequest, tensors: [CheckpointTensor], beforeCommit: @escaping @Sendable () throws -> Void
  ) throws {
    try begin(request, tensors: tensors.map(\.descriptor), pieces: share(tensors), beforeCommit: beforeCommit)
  }

  /// Collective. Copies the pieces that this rank is responsible for, and starts to write them. `tensors`: all of the
  /// state, the same on every rank. `beforeCommit`: what rank 0's thread does before the checkpoint comes into being.
  func begin(
    _ request: CheckpointRequest, tensors: [CheckpointTensorDescriptor], pieces: [CheckpointPiece],
    beforeCommit: @escaping @Sendable () throws -> Void
  ) throws {
    precondition(!isUnderWay, "begin: step \(request.step) while another checkpoint is being written")
    let began = ContinuousClock.now
    let copies = buffer.copy(pieces)
    let blocked = (ContinuousClock.now - began) / .seconds(1)
    let (directory, communicator) = (directory, communicator)
    task = try BackgroundTask {
      Profile.nameThread("checkpoint")
      let writer = CheckpointWriter(directory: directory, communicator: communicator)
      return try writer.write(
        request, tensors: tensors, pieces: copies, blockedSeconds: blocked, beforeCommit: beforeCommit)
    }
  }

  /// Collective. Waits for the checkpoint under way; nil if there is none.
  /// - Throws: what kept it from coming into being: on one rank its own error, on the others `otherRankFailed`.
  func finish() throws -> WrittenCheckpoint? {
    guard let task else { return nil }
    self.task = nil
    return try task.wait()
  }

  /// Waits for the checkpoint under way so long at most, and takes it if it came into being.
  func finish(within seconds: Double) -> WrittenCheckpoint? {
    let began = ContinuousClock.now
    while let task, !task.isDone, ContinuousClock.now - began < .seconds(seconds) { usleep(5000) }
    return isDone ? try? finish() : nil
  }

  /// Copies a checkpoint's parameters into the model.
  static func restore(_ checkpoint: OpenCheckpoint, model: VisionLanguageModel) throws {
    for tensor in checkpoint.tensors where !tensor.name.hasPrefix("optimizer.") {
      guard let parameter = model.store[tensor.name], parameter.shape == tensor.shape else {
        throw TrainingError.checkpointMismatch(path: checkpoint.path, tensor: tensor.name)
      }
      // Into memory of its own: the value may be a window of a mapped file.
      let fresh = Tensor(uninitialized: parameter.shape)
      try unsafe checkpoint.read(
        tensor.name, into: UnsafeMutableBufferPointer(start: fresh.sharedPointer, count: fresh.count))
      parameter.value = fresh
    }
  }

  /// Copies the optimizer's moments.
  static func restore(_ checkpoint: OpenCheckpoint, optimizer: OptimizerState) throws {
    for (name, storage) in [("optimizer.m", optimizer.m), ("optimizer.v", optimizer.v)] {
      guard checkpoint.tensors.contains(where: { $0.name == name && $0.shape == [storage.count] }) else {
        throw TrainingError.checkpointMismatch(path: checkpoint.path, tensor: name)
      }
      try unsafe checkpoint.read(name, into: UnsafeMutableBufferPointer(start: storage.base, count: storage.count))
    }
  }
}
