import Foundation
import Profiling
import Testing

@testable import Records

private struct File: Decodable {
  struct Event: Decodable {
    let ph: String
    let name: String
    let cat: String?
    let ts: Double?
    let dur: Double?
    let pid: Int
    let tid: Int
    let args: [String: Argument]
  }

  enum Argument: Decodable, Equatable {
    case number(Int)
    case text(String)

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let number = try? container.decode(Int.self) {
        self = .number(number)
      } else {
        self = .text(try container.decode(String.self))
      }
    }
  }

  let traceEvents: [Event]
  let otherData: [String: Int]?
}

private func decode(_ json: String) throws -> File {
  try JSONDecoder().decode(File.self, from: Data(json.utf8))
}

@Test func `a trace has the events that Chrome wants: names of processes and threads, and complete spans`() throws {
  let result = ProfileResult(
    time: 5000, steps: 1, threads: [.init(name: "main", sums: []), .init(name: "communication", sums: [])],
    spans: [
      .init(
        kind: .operation, name: "linear \"forward\"", start: 8_640_000_123_456_789, duration: 1007, thread: 0,
        amount: 88),
      .init(kind: .phase, name: "forward", start: 2000, duration: 60, thread: 0, amount: 0),
      .init(kind: .step, name: "step", start: 1999, duration: 3001, thread: 1, amount: 12),
    ], spansLeftOut: 17)
  let json = ChromeTrace(result, rank: 3, host: "node\\1").json
  let file = try decode(json)
  #expect(file.otherData == ["spans_left_out": 17])
  let events = file.traceEvents
  #expect(events.allSatisfy { $0.pid == 3 })
  let names = events.filter { $0.ph == "M" && $0.name.hasSuffix("_name") }
  #expect(names.map(\.name) == ["process_name", "thread_name", "thread_name"])
  #expect(names.map(\.args) == ["rank 3 on node\\1", "main", "communication"].map { ["name": .text($0)] })
  #expect(names.map(\.tid) == [0, 0, 1])
  let spans = events.filter { $0.ph == "X" }
  #expect(spans.map(\.name) == ["linear \"forward\"", "forward", "step"])
  #expect(spans.map(\.cat) == ["operation", "phase", "step"])
  #expect(spans.map(\.tid) == [0, 0, 1])
  #expect(spans.map(\.args) == [["flops": .number(88)], [:], ["step": .number(12)]])
  // Microseconds; the digits of a clock that has run for a hundred days are all there.
  #expect(json.contains("\"ts\": 8640000123456.789, \"dur\": 1.007,"))
  #expect(spans[1].ts == 2 && spans[1].dur == 0.06 && spans[2].ts == 1.999 && spans[2].dur == 3.001)
  #expect(events.count == names.count + spans.count + 3)
}

@Test func `a trace without spans is one, too`() throws {
  #expect(try decode(ChromeTrace.empty).traceEvents.isEmpty)
  let none = ProfileResult(time: 0, steps: 0, threads: [], spans: [], spansLeftOut: 0)
  #expect(try decode(ChromeTrace(none, rank: 0, host: "h").json).traceEvents.map(\.ph) == ["M", "M"])
}
