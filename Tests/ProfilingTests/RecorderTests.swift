import Testing

@testable import Profiling

/// A recorder whose clock the test sets.
private struct Tape {
  var recorder = Recorder()
  static let main: UInt = 7

  init(capacity: Int = 100) {
    recorder.name(8, "helper")
    recorder.start(capacity: capacity, on: Self.main, at: 1000)
  }

  mutating func begin(
    _ kind: ProfileSpan.Kind, _ name: String, at time: UInt64, amount: Int = 0, on thread: UInt = Self.main
  ) {
    recorder.begin(kind, name, amount: amount, on: thread) { time }
  }

  mutating func end(at time: UInt64, on thread: UInt = Self.main) { recorder.end(on: thread, at: time) }

  mutating func result(at time: UInt64) -> ProfileResult { recorder.stop(at: time) }
}

private func sorted(_ sums: [ProfileResult.Sum]) -> [ProfileResult.Sum] {
  sums.sorted { ($0.phase ?? "", $0.operation ?? "") < ($1.phase ?? "", $1.operation ?? "") }
}

@Test func `a moment is counted once, for the innermost span, in the phase around it`() {
  var tape = Tape()
  tape.begin(.step, "step", at: 1000, amount: 5)
  tape.begin(.phase, "forward", at: 1010)
  tape.begin(.operation, "head", at: 1020, amount: 3)
  tape.begin(.operation, "product", at: 1025, amount: 40)
  tape.end(at: 1035)
  tape.begin(.operation, "product", at: 1036, amount: 2)
  tape.end(at: 1038)
  tape.end(at: 1050)
  tape.end(at: 1060)
  tape.begin(.phase, "records", at: 1061)
  tape.begin(.phase, "data", at: 1062)
  tape.end(at: 1069)
  tape.end(at: 1070)
  tape.begin(.operation, "product", at: 1071, amount: 8)
  tape.end(at: 1075)
  tape.end(at: 1080)
  let result = tape.result(at: 1100)
  #expect(result.time == 100 && result.steps == 1)
  #expect(
    sorted(result.threads[0].sums) == [
      .init(phase: nil, operation: "product", calls: 1, time: 4, flops: 8),
      .init(phase: "data", operation: nil, calls: 1, time: 7, flops: 0),
      .init(phase: "forward", operation: nil, calls: 1, time: 20, flops: 0),
      .init(phase: "forward", operation: "head", calls: 1, time: 18, flops: 3),
      .init(phase: "forward", operation: "product", calls: 2, time: 12, flops: 42),
      .init(phase: "records", operation: nil, calls: 1, time: 2, flops: 0),
    ])
  // The spans themselves keep their whole length, in the order of their ends.
  #expect(
    result.spans.map { "\($0.name) \($0.start) \($0.duration) \($0.amount)" } == [
      "product 1025 10 40", "product 1036 2 2", "head 1020 30 3", "forward 1010 50 0", "data 1062 7 0",
      "records 1061 9 0", "product 1071 4 8", "step 1000 80 5",
    ])
}

@Test func `threads do not disturb each other, and a span that is still open is not in the result`() {
  var tape = Tape()
  tape.begin(.phase, "backward", at: 1000)
  tape.begin(.operation, "bucket", at: 1001, on: 8)
  tape.begin(.operation, "linear", at: 1002)
  tape.end(at: 1005, on: 8)
  tape.end(at: 1007)
  tape.begin(.operation, "bucket", at: 1008, on: 8)
  tape.begin(.operation, "load", at: 1008, on: 9)
  tape.end(at: 1010, on: 9)
  let result = tape.result(at: 1010)
  #expect(result.threads.map(\.name) == ["main", "helper", "thread 2"])
  #expect(result.threads[0].sums == [.init(phase: "backward", operation: "linear", calls: 1, time: 5, flops: 0)])
  #expect(result.threads[1].sums == [.init(phase: nil, operation: "bucket", calls: 1, time: 4, flops: 0)])
  #expect(result.threads[2].sums.count == 1)
  #expect(result.spans.map(\.thread) == [1, 0, 2])
}

@Test func `a thread that has the number of an ended one is another, and names outlast a profile`() {
  var tape = Tape()
  for name in ["helper", "other", "other"] {
    tape.recorder.name(8, name)
    tape.begin(.operation, "work", at: 1000, on: 8)
    tape.end(at: 1001, on: 8)
  }
  let threads = tape.result(at: 1002).threads
  #expect(threads.map(\.name) == ["main", "helper", "other"])
  #expect(threads.map { $0.sums.reduce(0) { $0 + $1.calls } } == [0, 1, 2])
  tape.recorder.start(capacity: 1, on: 8, at: 1003)
  #expect(
    tape.result(at: 1004)
      == ProfileResult(
        time: 1, steps: 0, threads: [.init(name: "other", sums: [])], spans: [], spansLeftOut: 0))
}

@Test func `the ring keeps the last spans, the sums keep all`() {
  var tape = Tape(capacity: 3)
  for number in 0..<8 {
    tape.begin(.operation, "\(number % 2)", at: 1000 + UInt64(number), amount: number)
    tape.end(at: 1001 + UInt64(number))
  }
  let result = tape.result(at: 1008)
  #expect(result.spans.map(\.amount) == [5, 6, 7])
  #expect(result.spansLeftOut == 5)
  #expect(
    sorted(result.threads[0].sums) == [
      .init(phase: nil, operation: "0", calls: 4, time: 4, flops: 12),
      .init(phase: nil, operation: "1", calls: 4, time: 4, flops: 16),
    ])
}
