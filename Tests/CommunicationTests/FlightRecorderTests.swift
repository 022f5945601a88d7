import Foundation
import Synchronization
import Testing

@testable import Communication

/// The ring of last operations, with a clock that is set by hand.
@Suite struct FlightRecorderTests {
  private final class Clock: Sendable {
    let now = Atomic<UInt64>(0)
    func set(seconds: Double) { now.store(UInt64(seconds * 1e9), ordering: .relaxed) }
  }

  private let clock = Clock()
  private let recorder: FlightRecorder

  init() {
    let clock = clock
    recorder = FlightRecorder { clock.now.load(ordering: .relaxed) }
  }

  @Test func `the last 64 operations are kept, with number, size, step and times`() {
    recorder.enter("step", step: 3)
    for number in 1...70 {
      clock.set(seconds: Double(number))
      recorder.operation("all-reduce", bytes: number * 10) {
        clock.set(seconds: Double(number) + 0.5)
      }
    }
    let operations = recorder.operations
    #expect(operations.map(\.number) == Array(7...70))
    #expect(
      operations.last
        == FlightRecorder.Operation(
          number: 70, name: "all-reduce", bytes: 700, buckets: nil, step: 3, began: 70_000_000_000,
          ended: 70_500_000_000))
    #expect(recorder.position.operation == "all-reduce 70, 700 bytes, done")
  }

  @Test func `a sum tells how far it is, while it is under way and when it has ended`() throws {
    let progress = BucketProgress(of: 9)
    func record() throws -> [String: Int]? {
      let record = FlightRecord(
        rank: 0, host: "n1", reason: "", position: recorder.position, operations: recorder.operations, now: 0)
      let object = try JSONSerialization.jsonObject(with: Data(record.json.utf8)) as? [String: Any]
      return (object?["operations"] as? [[String: Any]])?.last?["buckets"] as? [String: Int]
    }
    try recorder.operation("sum", bytes: 8, buckets: progress) { () throws in
      #expect(try record() == ["of": 9, "folded": 0, "started": 0, "finished": 0])
      progress.set(folded: 7, started: 5, finished: 3)
      #expect(try record() == ["of": 9, "folded": 7, "started": 5, "finished": 3])
      #expect(
        recorder.position.operation
          == "sum 1, of 9 buckets 7 folded, 5 started, 3 finished, 8 bytes, under way")
    }
    // The next sum counts on the same object.
    progress.set(folded: 1, started: 1, finished: 1)
    #expect(try record() == ["of": 9, "folded": 7, "started": 5, "finished": 3])
    recorder.operation("barrier", bytes: 0) {}
    #expect(try record() == nil)
  }

  @Test func `what goes on inside an operation is part of it, and one under way says so`() {
    recorder.operation("gather", bytes: 8) {
      recorder.operation("wait", bytes: 1) {}
      #expect(recorder.position.isInOperation)
      #expect(recorder.position.operation == "gather 1, 8 bytes, under way")
    }
    #expect(recorder.operations.map(\.name) == ["gather"])
    #expect(!recorder.position.isInOperation)
  }

  @Test func `an operation that throws has ended`() {
    struct Fault: Error {}
    #expect(throws: Fault.self) { try recorder.operation("gather", bytes: 8) { throw Fault() } }
    #expect(!recorder.position.isInOperation && recorder.operations.last?.ended != nil)
  }

  @Test func `a rank is idle since it last began or finished anything, and the median is that of its steps`() {
    for (step, seconds) in [(1, 0.0), (2, 9), (3, 11), (4, 12)] {
      clock.set(seconds: seconds)
      #expect(recorder.position.medianStepSeconds == nil)
      recorder.enter("step", step: step)
    }
    clock.set(seconds: 40)
    let position = recorder.position
    #expect(position.medianStepSeconds == 2 && position.idleSeconds == 28 && position.step == 4)
    recorder.progress()
    #expect(recorder.position.idleSeconds == 0)
    // A checkpoint is no step, however long it takes, and the step stays.
    recorder.enter("checkpoint")
    clock.set(seconds: 400)
    recorder.enter("coordination")
    #expect(recorder.position.medianStepSeconds == 9 && recorder.position.step == 4)
  }

  @Test func `a flight record is JSON whatever is in its texts`() throws {
    recorder.enter("step", step: 5)
    recorder.operation("odd \"name\" \\ \n", bytes: 3) {}
    clock.set(seconds: 2)
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
    defer { try? FileManager.default.removeItem(atPath: folder) }
    func record(_ reason: String) -> FlightRecord {
      FlightRecord(
        rank: 4, host: "n2", reason: reason, position: recorder.position, operations: recorder.operations,
        now: 3_000_000_000)
    }
    #expect(record("first").write(into: folder))
    #expect(record("rank 1 is \"silent\"").write(into: folder))
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["rank-4.json"])
    let data = try Data(contentsOf: URL(fileURLWithPath: folder + "/rank-4.json"))
    let object = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    #expect(object["rank"] as? Int == 4 && object["host"] as? String == "n2" && object["step"] as? Int == 5)
    #expect(object["reason"] as? String == "rank 1 is \"silent\"" && object["idle_seconds"] as? Double == 2)
    let operation = try #require((object["operations"] as? [[String: Any]])?.first)
    #expect(operation["operation"] as? String == "odd \"name\" \\  " && operation["bytes"] as? Int == 3)
    #expect(operation["began_seconds_ago"] as? Double == 3 && operation["seconds"] as? Double == 0)
    #expect(!record("x").write(into: folder + "/none/deeper"))
  }

  @Test func `every collective is recorded by every rank`() throws {
    let before = FlightRecorder.shared.position.count
    try LocalCommunicator.run(ranks: 2) { communicator in
      try communicator.barrier()
      _ = try communicator.allGather([1, 2, 3])
      _ = try communicator.allAgree(max: 1)
    }
    // Other tests record at the same time.
    #expect(FlightRecorder.shared.position.count >= before + 6)
  }
}
