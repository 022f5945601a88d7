import Foundation
import Testing

@testable import Records

@Suite struct JournalTests {
  private let directory: ScratchDirectory
  private let path: String
  private let now = { Date(timeIntervalSince1970: 1_700_000_000.25) }

  init() throws {
    directory = try ScratchDirectory()
    path = directory.file("journal.jsonl")
  }

  @Test func `a decision is a line with its time and reason`() throws {
    let journal = try Journal(path: path, now: now)
    try journal.append(
      event: .curriculum, stage: "align", step: 120, reason: "half of the stage is done",
      details: ["weights": .table(["text": 0.1, "captions": 0.9]), "forced": false, "points": .list([1, "b"])])
    try journal.append(event: .finish, stage: nil, step: 400, reason: "all stages are done")
    #expect(
      try contents(path) == """
        {"time": "2023-11-14T22:13:20.250Z", "event": "curriculum", "stage": "align", "step": 120, \
        "reason": "half of the stage is done", "details": {"forced": false, "points": [1, "b"], \
        "weights": {"captions": 0.9, "text": 0.1}}}
        {"time": "2023-11-14T22:13:20.250Z", "event": "finish", "stage": null, "step": 400, \
        "reason": "all stages are done", "details": {}}

        """)
  }

  @Test func `entries read back`() throws {
    let journal = try Journal(path: path, now: now)
    let details: [String: JournalValue] = [
      "text": "a\"b", "count": 3, "share": 0.5, "flag": true, "list": .list([1, 2.5, "x"]), "table": .table(["a": 1]),
    ]
    for event in JournalEvent.allCases {
      try journal.append(event: event, stage: "s", step: 1, reason: "why", details: details)
    }
    let read = try Journal.read(path: path)
    #expect(read.map(\.event) == JournalEvent.allCases)
    #expect(read.allSatisfy { $0.details == details && $0.time == "2023-11-14T22:13:20.250Z" })
  }

  @Test func `a new start adds to the journal and drops a half-written line`() throws {
    try Journal(path: path, now: now).append(event: .start, stage: nil, step: 0, reason: "new")
    let whole = try contents(path)
    try write(whole + "{\"time\": \"20", to: path)
    #expect(try Journal.read(path: path).count == 1)
    try Journal(path: path, now: now).append(event: .resume, stage: "align", step: 5, reason: "from step-5")
    #expect(try contents(path).hasPrefix(whole))
    #expect(try Journal.read(path: path).map(\.event) == [.start, .resume])
  }

  @Test func `details are readable`() {
    #expect(JournalValue.table(["text": 0.1, "captions": 0.9]).description == "captions 0.9, text 0.1")
    #expect(JournalValue.list([1, true, "x"]).description == "1, yes, x")
  }
}
