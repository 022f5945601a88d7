import Checkpoints
import Communication
import Foundation
import Models
import Tensors

/// Writes and reads the state of a run: parameters that were ever trained, moments of the optimizer, coordinator's state.
struct RunSnapshot {
  let directory: CheckpointDirectory
  let communicator: any Communicator

  /// Collective. Every rank writes its shard; rank 0 makes the checkpoint exist. Errors of any rank reach all.
  func write(
    step: Int, model: VisionLanguageModel, trained: Set<String>, optimizer: OptimizerState?, state: [UInt8],
    level: Int, keep: Int
  ) throws {
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
    do {
      try communicator.together { if communicator.rank == 0 { try directory.begin(step: step) } }
      let record = try communicator.together {
        try directory.writeShard(
          step: step, rank: communicator.rank, ranks: communicator.size, tensors: tensors, level: level)
      }
      let records = try communicator.gather(record, to: 0)
      try communicator.together {
        guard communicator.rank == 0 else { return }
        try directory.commit(
          step: step, shards: records, tensors: tensors.map(\.descriptor), state: state, keep: keep)
      }
    } catch {
      // Half a checkpoint must not go on taking the room that was too small.
      if communicator.rank == 0 { directory.abandon(step: step) }
      throw error
    }
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
