import Checkpoints
import Communication
import Foundation
import Synchronization
import Testing

@testable import Training

/// Checkpoints that are written while training goes on.
@Suite struct BackgroundCheckpointTests {
  /// Arrays of a rank, which every rank has alike.
  final class State: @unchecked Sendable {
    static let shapes = [("a", [700]), ("b", [3, 11]), ("none", [0])]
    let floats = UnsafeMutablePointer<Float>.allocate(capacity: 733)

    init(_ value: Float) { floats.initialize(repeating: value, count: 733) }
    deinit { floats.deallocate() }

    func fill(_ value: Float) { floats.update(repeating: value, count: 733) }

    func saved(by communicator: any Communicator) -> RunSnapshot.State {
      RunSnapshot.State(
        tensors: tensors.map(\.descriptor),
        pieces: CheckpointTensor.share(of: tensors, rank: communicator.rank, ranks: communicator.size))
    }

    private var tensors: [CheckpointTensor] {
      var start = 0
      return Self.shapes.map { name, shape in
        let count = shape.reduce(1, *)
        defer { start += count }
        return CheckpointTensor(name: name, pointer: floats + start, count: count, shape: shape)
      }
    }
  }

  private func withRun(_ body: (String) throws -> Void) throws {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("run-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: path) }
    try body(path)
  }

  private static func request(_ step: Int) -> CheckpointRequest {
    CheckpointRequest(step: step, reason: "test", state: [1, 2], level: 1, keep: 1)
  }

  private static func values(_ run: String, step: Int, _ tensor: String) throws -> [Float] {
    let checkpoint = try #require(try CheckpointDirectory(run: run).latestGood { Issue.record("\($0)") })
    #expect(checkpoint.step == step)
    var values = [Float](repeating: .nan, count: tensor == "a" ? 700 : 33)
    try values.withUnsafeMutableBufferPointer { try checkpoint.read(tensor, into: $0) }
    return values
  }

  @Test func `a value changed right after the copy does not reach the checkpoint`() throws {
    try withRun { run in
      try LocalCommunicator.run(ranks: 2) { communicator in
        let state = State(1)
        let snapshot = try RunSnapshot(directory: CheckpointDirectory(run: run), communicator: communicator)
        if communicator.rank == 0 {
          try snapshot.begin(Self.request(1), state.saved(by: communicator)) {}
          state.fill(2)
          #expect(snapshot.isUnderWay && !snapshot.isDone, "written before all ranks have begun it")
        }
        // Nothing can be written before the other rank has begun it too, and that is only now.
        try communicator.barrier()
        if communicator.rank == 1 {
          try snapshot.begin(Self.request(1), state.saved(by: communicator)) {}
          state.fill(3)
        }
        let written = try #require(try snapshot.finish())
        #expect(written.step == 1 && !snapshot.isUnderWay)
        #expect((written.bytes > 0) == (communicator.rank == 0))
      }
      #expect(try Self.values(run, step: 1, "a") == [Float](repeating: 1, count: 700))
      #expect(try Self.values(run, step: 1, "b") == [Float](repeating: 1, count: 33))
    }
  }

  @Test func `training goes on while a checkpoint is held up, and the next copy is a new one`() throws {
    try withRun { run in
      let state = State(4)
      let communicator = LocalCommunicator.alone()
      let snapshot = try RunSnapshot(directory: CheckpointDirectory(run: run), communicator: communicator)
      snapshot.reserve(state.saved(by: communicator))
      let isHeld = Atomic(true)
      try snapshot.begin(Self.request(1), state.saved(by: communicator)) {
        while isHeld.load(ordering: .acquiring) { usleep(500) }
      }
      // The disk is stuck, and this line is reached all the same.
      #expect(!snapshot.isDone)
      #expect(try CheckpointDirectory(run: run).latestGood { _ in } == nil)
      #expect(snapshot.finish(within: 0.01) == nil && snapshot.isUnderWay)
      state.fill(5)
      isHeld.store(false, ordering: .releasing)
      #expect(try snapshot.finish()?.problems == [])
      #expect(try Self.values(run, step: 1, "b") == [Float](repeating: 4, count: 33))
      try snapshot.begin(Self.request(2), state.saved(by: communicator)) {}
      #expect(snapshot.finish(within: 60)?.step == 2)
      #expect(try Self.values(run, step: 2, "b") == [Float](repeating: 5, count: 33))
      #expect(try snapshot.finish() == nil)
    }
  }

  @Test(arguments: [0, 1, 2])
  func `a fault of one rank's writer reaches all ranks, and the last checkpoint stays`(culprit: Int) throws {
    try withRun { run in
      let faults = Mutex<[Int: String]>([:])
      try LocalCommunicator.run(ranks: 3) { communicator in
        let state = State(1)
        let directory = CheckpointDirectory(run: run)
        let snapshot = try RunSnapshot(directory: directory, communicator: communicator)
        try snapshot.begin(Self.request(1), state.saved(by: communicator)) {}
        _ = try snapshot.finish()
        state.fill(2)
        // A directory in the place of the culprit's shard, made when the temporary directory is there.
        let shard = "\(run)/checkpoints/step-2.tmp/shard-0000\(culprit)-of-00003.zst"
        if communicator.rank == 0 { try snapshot.begin(Self.request(2), state.saved(by: communicator)) {} }
        if communicator.rank == 1 {
          while mkdir(shard, 0o755) != 0 { usleep(500) }
        }
        try communicator.barrier()
        if communicator.rank != 0 { try snapshot.begin(Self.request(2), state.saved(by: communicator)) {} }
        do {
          _ = try snapshot.finish()
        } catch {
          faults.withLock { $0[communicator.rank] = "\(error)" }
        }
        #expect(!snapshot.isUnderWay)
      }
      let told = faults.withLock { $0 }
      #expect(told.count == 3)
      for rank in 0..<3 {
        #expect(told[rank]?.contains(rank == culprit ? "cannot create \(run)" : "another rank failed") == true)
      }
      #expect(try Self.values(run, step: 1, "a") == [Float](repeating: 1, count: 700))
      #expect(try FileManager.default.contentsOfDirectory(atPath: run + "/checkpoints") == ["step-1"])
    }
  }

  @Test func `ranks may be responsible for whatever parts of an array, as a sharded optimizer is`() throws {
    try withRun { run in
      try LocalCommunicator.run(ranks: 2) { communicator in
        let state = State(Float(communicator.rank))
        let snapshot = try RunSnapshot(directory: CheckpointDirectory(run: run), communicator: communicator)
        // By turns of ten elements; the last ones are rank 0's.
        let pieces = stride(from: 10 * communicator.rank, to: 733, by: 20).map { start in
          CheckpointPiece(
            tensor: "x", first: start, count: min(10, 733 - start), pointer: state.floats + start)
        }
        let tensors = [CheckpointTensorDescriptor(name: "x", shape: [733])]
        try snapshot.begin(Self.request(1), RunSnapshot.State(tensors: tensors, pieces: pieces)) {}
        _ = try snapshot.finish()
      }
      let checkpoint = try #require(try CheckpointDirectory(run: run).latestGood { Issue.record("\($0)") })
      var values = [Float](repeating: .nan, count: 733)
      try values.withUnsafeMutableBufferPointer { try checkpoint.read("x", into: $0) }
      #expect(values == (0..<733).map { Float($0 / 10 % 2) })
      for range in [0..<0, 0..<1, 5..<25, 10..<20, 19..<733] {
        var part = [Float](repeating: .nan, count: range.count)
        try part.withUnsafeMutableBufferPointer { try checkpoint.read("x", range, into: $0) }
        #expect(part == Array(values[range]))
      }
      var tooFar = [Float](repeating: 0, count: 10)
      #expect(throws: CheckpointError.self) {
        try tooFar.withUnsafeMutableBufferPointer { try checkpoint.read("x", 724..<734, into: $0) }
      }
    }
  }
}
