import Foundation
import Tensors

@testable import Checkpoints

/// A run with a few arrays that change with the step.
struct RunFixture {
  let directory: TemporaryDirectory
  let checkpoints: CheckpointDirectory

  init() throws {
    directory = try TemporaryDirectory()
    checkpoints = CheckpointDirectory(run: directory.path)
  }

  /// Names with shapes: small, empty, scalar, and of odd length.
  static let shapes: [(String, [Int])] = [("a.weight", [33, 7]), ("none", [0]), ("step", []), ("m.a", [1001])]

  static func values(_ step: Int) -> [(name: String, tensor: Tensor)] {
    var random = RandomStream(UInt64(step))
    return shapes.map { ($0.0, random.normalTensor($0.1, deviation: 0.02)) }
  }

  static func descriptors(_ values: [(name: String, tensor: Tensor)]) -> [CheckpointTensorDescriptor] {
    values.map { CheckpointTensorDescriptor(name: $0.name, shape: $0.tensor.shape) }
  }

  func writeShard(
    step: Int, rank: Int, ranks: Int, _ values: [(name: String, tensor: Tensor)]? = nil
  ) throws(CheckpointError) -> [UInt8] {
    let values = values ?? Self.values(step)
    let tensors = values.map {
      CheckpointTensor(name: $0.name, pointer: $0.tensor.pointer, count: $0.tensor.count, shape: $0.tensor.shape)
    }
    return try withExtendedLifetime(values) { () throws(CheckpointError) in
      try checkpoints.writeShard(
        step: step, rank: rank, ranks: ranks, total: tensors.reduce(0) { $0 + $1.count },
        pieces: CheckpointTensor.share(of: tensors, rank: rank, ranks: ranks), level: 1)
    }
  }

  @discardableResult
  func save(
    step: Int, ranks: Int = 3, keep: Int = 2, _ values: [(name: String, tensor: Tensor)]? = nil
  ) throws(CheckpointError) -> [CheckpointError] {
    let values = values ?? Self.values(step)
    try checkpoints.begin(step: step)
    var shards: [[UInt8]] = []
    for rank in 0..<ranks { shards.append(try writeShard(step: step, rank: rank, ranks: ranks, values)) }
    return try checkpoints.commit(
      step: step, shards: shards, tensors: Self.descriptors(values), state: Self.state(step), keep: keep
    ).problems
  }

  static func state(_ step: Int) -> [UInt8] { Array("{\"step\":\(step)}".utf8) }

  /// Steps by `list`.
  var listed: [Int] { checkpoints.list().map(\.step) }

  /// Names in `checkpoints`.
  var entries: [String] { checkpoints.entries().sorted() }
}

extension OpenCheckpoint {
  /// The elements of one tensor.
  func values(_ name: String) throws(CheckpointError) -> [Float] {
    let count = tensors.first { $0.name == name }?.count ?? 0
    var result = [Float](repeating: .nan, count: count)
    try result.withUnsafeMutableBufferPointer { (buffer) throws(CheckpointError) in try read(name, into: buffer) }
    return result
  }

  /// Whether it has exactly what `RunFixture` saved at `step`.
  func isWhole(_ saved: Int) throws(CheckpointError) -> Bool {
    guard step == saved, state == RunFixture.state(saved) else { return false }
    for (name, tensor) in RunFixture.values(saved) where try values(name) != tensor.array { return false }
    return true
  }
}
