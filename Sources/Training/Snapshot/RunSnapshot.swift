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

  /// All of a run's state, the same on every rank, and this rank's part in saving it.
  struct State {
    var tensors: [CheckpointTensorDescriptor]
    var pieces: [CheckpointPiece]
  }

  /// The parameters that were ever trained, which every rank has, and the moments, of which it has a shard.
  func state(of model: VisionLanguageModel, trained: Set<String>, optimizer: OptimizerState?) -> State {
    let parameters = model.store.parameters.filter { trained.contains($0.name) }.map {
      unsafe CheckpointTensor(name: $0.name, pointer: $0.value.pointer, count: $0.count, shape: $0.shape)
    }
    let share = CheckpointTensor.share(of: parameters, rank: communicator.rank, ranks: communicator.size)
    return State(
      tensors: parameters.map(\.descriptor) + (optimizer?.descriptors ?? []),
      pieces: share + (optimizer?.pieces ?? []))
  }

  /// Obtains the memory that copies of `state` will take, before the first one is under way.
  func reserve(_ state: State) {
    precondition(!isUnderWay, "reserve: the copy is being written")
    buffer.reserve(state.pieces.reduce(0) { $0 + $1.count })
  }

  /// Collective. Copies the pieces that this rank is responsible for, and starts to write them. None is under way.
  /// `beforeCommit`: what rank 0's thread does before the checkpoint comes into being.
  func begin(
    _ request: CheckpointRequest, _ state: State, beforeCommit: @escaping @Sendable () throws -> Void
  ) throws {
    precondition(!isUnderWay, "begin: step \(request.step) while another checkpoint is being written")
    let began = ContinuousClock.now
    let copies = buffer.copy(state.pieces)
    let blocked = (ContinuousClock.now - began) / .seconds(1)
    let (directory, communicator) = (directory, communicator)
    task = try BackgroundTask {
      Profile.nameThread("checkpoint")
      let writer = CheckpointWriter(directory: directory, communicator: communicator)
      return try writer.write(
        request, tensors: state.tensors, pieces: copies, blockedSeconds: blocked, beforeCommit: beforeCommit)
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
    guard let task, task.isDone(within: seconds) else { return nil }
    return try? finish()
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
}
