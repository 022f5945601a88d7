import Foundation
import Testing

@testable import Records

@Suite struct StepMetricsTests {
  @Test func `a line has its keys in a fixed order`() {
    var metrics = sampleMetrics(step: 7, loss: 1e-5)
    metrics.phases = ["forward": .init(min: 0.1, median: 0.2, max: 0.5, slowestRank: 3)]
    let expected =
      #"{"stage": "align", "step": 7, "stage_step": 7, "epoch": 0.25, "loss": 1e-05, "grad_norm": 0.75, "#
      + #""lr": {"connector": 0.001, "language": 2e-05}, "samples": 64, "tokens": 4096, "supervised_tokens": 900, "#
      + #""seconds": 1.5, "source_loss": {"captions": 1e-05, "text": 3.25}, "skipped_samples": 0, "#
      + #""phases": {"forward": {"min": 0.1, "median": 0.2, "max": 0.5, "slowest_rank": 3}}}"#
    #expect(metrics.jsonLine == expected)
  }

  @Test func `floats read back to the same bits`() throws {
    var random = SeededGenerator(state: 11)
    var values: [Float] = [
      0, -0.0, .leastNonzeroMagnitude, .leastNormalMagnitude, .greatestFiniteMagnitude, 16_777_216,
    ]
    values += (0..<4000).map { _ in Float(bitPattern: UInt32.random(in: 0...(.max), using: &random)) }
    for value in values where value.isFinite {
      var metrics = sampleMetrics(step: 1, loss: value)
      metrics.epoch = Double(bitPattern: UInt64.random(in: 0..<0x7FF0_0000_0000_0000, using: &random))
      let read = try JSONDecoder().decode(StepMetrics.self, from: Data(metrics.jsonLine.utf8))
      #expect(read.loss.bitPattern == value.bitPattern)
      #expect(read.sourceLoss["captions"]?.bitPattern == value.bitPattern)
      #expect(read.epoch.bitPattern == metrics.epoch.bitPattern)
    }
  }

  @Test func `NaN and infinity are written as null and read as NaN`() throws {
    var metrics = sampleMetrics(step: 1, loss: .nan)
    metrics.gradNorm = .infinity
    #expect(metrics.jsonLine.contains(#""loss": null, "grad_norm": null"#))
    #expect(metrics.jsonLine.contains(#""captions": null"#))
    let read = try JSONDecoder().decode(StepMetrics.self, from: Data(metrics.jsonLine.utf8))
    #expect(read.loss.isNaN && read.gradNorm.isNaN && read.sourceLoss["captions"]?.isNaN == true)
    let encoded = try JSONEncoder().encode(metrics)
    #expect(try JSONDecoder().decode(StepMetrics.self, from: encoded).loss.isNaN)
  }

  @Test func `the line and the encoder say the same`() throws {
    var metrics = sampleMetrics(step: 3)
    metrics.stage = "a \"b\" \\ \u{1} 단계\n"
    metrics.phases = ["backward": .init(min: 1, median: 2, max: 3, slowestRank: 0)]
    #expect(try JSONDecoder().decode(StepMetrics.self, from: Data(metrics.jsonLine.utf8)) == metrics)
    #expect(try JSONDecoder().decode(StepMetrics.self, from: JSONEncoder().encode(metrics)) == metrics)
  }

  @Test func `unknown keys are passed over`() throws {
    let line = sampleMetrics(step: 3).jsonLine.dropLast() + #", "later": {"x": [1]}}"#
    #expect(try JSONDecoder().decode(StepMetrics.self, from: Data(line.utf8)) == sampleMetrics(step: 3))
  }

  @Test(arguments: ["step", "samples", "tokens"])
  func `a count below zero is refused`(key: String) throws {
    let line = sampleMetrics(step: 3).jsonLine.replacing("\"\(key)\": ", with: "\"\(key)\": -")
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode(StepMetrics.self, from: Data(line.utf8))
    }
  }
}
