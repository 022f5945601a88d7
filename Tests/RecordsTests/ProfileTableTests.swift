import Profiling
import Testing

@testable import Records

private let second: UInt64 = 1_000_000_000

private let result = ProfileResult(
  time: 10 * second, steps: 4,
  threads: [
    .init(
      name: "main",
      sums: [
        .init(phase: "forward", operation: "linear forward", calls: 8, time: 3 * second, flops: 300_000_000_000),
        .init(phase: "forward", operation: "gelu forward", calls: 4, time: second / 2, flops: 0),
        .init(phase: "forward", operation: nil, calls: 4, time: second / 4, flops: 0),
        .init(phase: "backward", operation: "linear backward: input", calls: 8, time: 5 * second, flops: 0),
        .init(phase: "data", operation: nil, calls: 4, time: second / 8, flops: 0),
        .init(phase: nil, operation: "linear forward", calls: 1, time: second / 8, flops: 100_000_000_000),
      ]),
    .init(name: "prefetch", sums: [.init(phase: nil, operation: "load", calls: 4, time: second, flops: 0)]),
    .init(name: "communication", sums: [.init(phase: nil, operation: "bucket", calls: 1, time: second, flops: 0)]),
    .init(name: "communication", sums: [.init(phase: nil, operation: "bucket", calls: 2, time: second, flops: 0)]),
  ], spans: [], spansLeftOut: 0)

@Test func `phases, their operations and the rests add up to the whole time, longest first`() {
  let table = ProfileTable(result, rank: 2, ranks: 3)
  #expect(table.phases.map(\.total.name) == ["backward", "forward", "data"])
  #expect(table.phases.reduce(0) { $0 + $1.total.time } + table.other.time == result.time)
  for phase in table.phases where !phase.rows.isEmpty {
    #expect(phase.rows.reduce(0) { $0 + $1.time } == phase.total.time)
  }
  #expect(table.phases[1].rows.map(\.name) == ["linear forward", "gelu forward", "other"])
  // What is outside of all phases is no phase's: 10 - 3.75 - 5 - 0.125 seconds.
  #expect(table.other.time == second + second / 8)
}

@Test func `the table for a terminal`() {
  let expected = """
    profile of rank 2 of 3: 4 steps of 2.5000 s
                                            share %    seconds      calls    mean ms    GFLOP/s
    backward                                  50.00      5.000
      linear backward: input                  50.00      5.000          8    625.000
    forward                                   37.50      3.750          4    937.500       80.0
      linear forward                          30.00      3.000          8    375.000      100.0
      gelu forward                             5.00      0.500          4    125.000
      other                                    2.50      0.250
    data                                       1.25      0.125          4     31.250
    other                                     11.25      1.125                             88.9
    total                                    100.00     10.000                             40.0
    thread communication                      20.00      2.000
      bucket                                  20.00      2.000          3    666.667
    thread prefetch                           10.00      1.000
      load                                    10.00      1.000          4    250.000

    """
  #expect(ProfileTable(result, rank: 2, ranks: 3).text == expected)
}

@Test func `a profile of nothing has a table`() {
  let empty = ProfileResult(time: 0, steps: 0, threads: [], spans: [], spansLeftOut: 0)
  let lines = ProfileTable(empty, rank: 0, ranks: 1).text.split(separator: "\n")
  #expect(lines.count == 4 && lines[0] == "profile of rank 0 of 1: 0 steps" && lines[3].hasPrefix("total "))
}
