import Testing

@testable import Records

@Suite struct RecordsErrorTests {
  @Test func `errors say what, where and what to do`() {
    #expect(
      RecordsError.cannotWrite(path: "run/metrics.jsonl", reason: "No space left on device").description
        == "cannot write run/metrics.jsonl: No space left on device; make room or choose another run directory, "
        + "then run again to continue")
    #expect(
      RecordsError.malformedLine(path: "run/journal.jsonl", line: 3, reason: "not a line of JSON").description
        == "run/journal.jsonl:3: not a line of JSON; remove this line, or move the file away to start a new one")
    #expect(
      RecordsError.lineTooLong(path: "a", line: 1, limit: 5).description
        == "a:1: longer than 5 bytes, so this is not a file of records; move it away")
  }
}
