import Foundation
import Testing

@testable import Records

@Suite struct MetricsFileTests {
  private let directory: ScratchDirectory
  private let path: String

  init() throws {
    directory = try ScratchDirectory()
    path = directory.file("metrics.jsonl")
  }

  private func fill(_ steps: ClosedRange<Int>) throws {
    let file = try MetricsFile(path: path, resumeAfterStep: nil)
    for step in steps { try file.append(sampleMetrics(step: step)) }
    try file.flush()
  }

  @Test func `what is appended can be read`() throws {
    try fill(1...300)
    #expect(try MetricsFile.read(path: path) == (1...300).map { sampleMetrics(step: $0) })
  }

  @Test func `a resume cuts off the steps that will be run again`() throws {
    try fill(1...300)
    let file = try MetricsFile(path: path, resumeAfterStep: 200)
    #expect(file.lastStep == 200)
    try file.append(sampleMetrics(step: 201, loss: 9))
    let read = try MetricsFile.read(path: path)
    #expect(read.map(\.step) == Array(1...201))
    #expect(read.last?.loss == 9)
  }

  @Test func `a resume before the first step keeps nothing`() throws {
    try fill(1...3)
    #expect(try MetricsFile(path: path, resumeAfterStep: 0).lastStep == 0)
    #expect(try contents(path).isEmpty)
  }

  @Test func `a half-written last line is passed over, and cut off on resume`() throws {
    try fill(1...3)
    let whole = try contents(path)
    // Every place where a crash can cut the line, its very end included.
    for cut in [1, 20, sampleMetrics(step: 4).jsonLine.count] {
      try write(whole + sampleMetrics(step: 4).jsonLine.prefix(cut), to: path)
      #expect(try MetricsFile.read(path: path).count == 3)
      #expect(try MetricsFile(path: path, resumeAfterStep: 100).lastStep == 3)
      #expect(try contents(path) == whole)
    }
  }

  @Test func `a resume does not read what lies behind its checkpoint: a power cut may have spoiled it`() throws {
    try fill(1...3)
    let whole = try contents(path)
    try write(whole + String(repeating: "\0", count: 50) + "1, \"loss\": 2}\n", to: path)
    #expect(try MetricsFile(path: path, resumeAfterStep: 3).lastStep == 3)
    #expect(try contents(path) == whole)
  }

  @Test func `a resume tells that lines are missing`() throws {
    try fill(1...3)
    #expect(try MetricsFile(path: path, resumeAfterStep: 5).lastStep == 3)
  }

  @Test func `without resume the file starts empty`() throws {
    try fill(1...3)
    #expect(try MetricsFile(path: path, resumeAfterStep: nil).lastStep == 0)
    #expect(try contents(path).isEmpty)
  }

  @Test func `a resume without a file starts one`() throws {
    let file = try MetricsFile(path: path, resumeAfterStep: 4)
    try file.append(sampleMetrics(step: 5))
    #expect(try MetricsFile.read(path: path).map(\.step) == [5])
  }

  @Test func `a broken line in the middle is named`() throws {
    try write(sampleMetrics(step: 1).jsonLine + "\n{}\n" + sampleMetrics(step: 3).jsonLine + "\n", to: path)
    let error = RecordsError.malformedLine(path: path, line: 2, reason: #"the key "stage" is missing"#)
    #expect(throws: error) { try MetricsFile.read(path: path) }
    #expect(throws: error) { try MetricsFile(path: path, resumeAfterStep: 9) }
    #expect(try contents(path).contains("\"step\": 3"))
  }

  @Test func `a line without end is refused, not read into memory`() throws {
    try Data(repeating: 0x20, count: LineReader.limit + (1 << 17)).write(to: URL(fileURLWithPath: path))
    #expect(throws: RecordsError.lineTooLong(path: path, line: 1, limit: LineReader.limit)) {
      try MetricsFile.read(path: path)
    }
  }

  @Test func `lines longer than a read are whole`() throws {
    let long = String(repeating: "x", count: 200_000)
    let file = try MetricsFile(path: path, resumeAfterStep: nil)
    for step in 1...3 { try file.append(sampleMetrics(step: step, stage: long)) }
    #expect(try MetricsFile.read(path: path).map(\.stage.count) == [200_000, 200_000, 200_000])
  }

  @Test func `a missing directory is named with the system's reason`() throws {
    let path = directory.file("none/metrics.jsonl")
    #expect(throws: RecordsError.cannotOpen(path: path, reason: "No such file or directory")) {
      try MetricsFile(path: path, resumeAfterStep: nil)
    }
  }

  @Test func `a full device is reported`() throws {
    let full = "/dev/full"
    try #require(FileManager.default.fileExists(atPath: full))
    let file = try AppendOnlyFile(path: full, keeping: nil)
    #expect(throws: RecordsError.cannotWrite(path: full, reason: "No space left on device")) {
      try file.append([1])
    }
  }
}
