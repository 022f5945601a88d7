import Foundation
import Testing

@testable import Records

@Suite struct SampleLogTests {
  private let directory: ScratchDirectory
  private let path: String

  init() throws {
    directory = try ScratchDirectory()
    path = directory.file("samples.jsonl")
  }

  private func line(_ step: Int) -> SampleLog.Line { .init(step: step, samples: ["a/\(step)", "b \"c\"/\\\n그림"]) }

  @Test func `a line names step and samples in their order, whatever stands in an id`() throws {
    let log = try SampleLog(path: path, resumeAfterStep: nil)
    try log.append(line(1))
    try log.append(.init(step: 2, samples: []))
    try log.flush()
    #expect(try SampleLog.read(path: path) == [line(1), .init(step: 2, samples: [])])
    #expect(
      try contents(path) == #"{"step": 1, "samples": ["a/1", "b \"c\"/\\\n그림"]}"# + "\n{\"step\": 2, \"samples\": []}\n"
    )
  }

  @Test func `a resume cuts off the steps that will be run again, and a half-written line`() throws {
    let first = try SampleLog(path: path, resumeAfterStep: nil)
    for step in 1...9 { try first.append(line(step)) }
    try write(contents(path) + #"{"step": 10, "samp"#, to: path)
    let second = try SampleLog(path: path, resumeAfterStep: 6)
    #expect(try SampleLog.read(path: path) == (1...6).map(line))
    try second.append(line(7))
    #expect(try SampleLog.read(path: path) == (1...7).map(line))
    _ = try SampleLog(path: path, resumeAfterStep: nil)
    #expect(try contents(path).isEmpty)
  }

  @Test func `a line that is none is named`() throws {
    try write("{\"step\": 1, \"samples\": []}\n{\"step\": 2}\n", to: path)
    let error = RecordsError.malformedLine(path: path, line: 2, reason: #"the key "samples" is missing"#)
    #expect(throws: error) { try SampleLog(path: path, resumeAfterStep: 5) }
  }
}
