import Foundation
import Testing

@testable import Records

/// A directory of its own for one test, removed at its end.
final class ScratchDirectory {
  let path: String

  init() throws {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("records-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    path = url.path
  }

  deinit {
    try? FileManager.default.removeItem(atPath: path)
  }

  func file(_ name: String) -> String { path + "/" + name }
}

func contents(_ path: String) throws -> String {
  try String(decoding: Data(contentsOf: URL(fileURLWithPath: path)), as: UTF8.self)
}

func write(_ text: String, to path: String) throws {
  try Data(text.utf8).write(to: URL(fileURLWithPath: path))
}

func sampleMetrics(step: Int, stage: String = "align", loss: Float = 2.5) -> StepMetrics {
  StepMetrics(
    stage: stage, step: step, stageStep: step, epoch: 0.25, loss: loss, gradNorm: 0.75,
    lr: ["language": 2e-5, "connector": 0.001], samples: 64, tokens: 4096, supervisedTokens: 900, seconds: 1.5,
    sourceLoss: ["text": 3.25, "captions": loss])
}

/// A small repeatable generator (SplitMix64) for property tests.
struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
