import Checkpoints
import Communication
import Foundation
import Records
import Testing

@testable import Training

/// Checkpoints of whole runs, written in the background.
@Suite struct RunCheckpointTests {
  @Test(arguments: [1, 2])
  func `the journal has every checkpoint once, in order, with its size and the seconds it took`(ranks: Int) throws {
    let world = try FeatureWorld()
    _ = try world.run("run", ranks: ranks)
    let run = world.path + "/run"
    let lines = try Journal.read(path: run + "/journal.jsonl").filter { $0.event == .checkpoint }
    // As the recipe asks, and the stage's end; each line is that of the step whose state was copied.
    #expect(lines.map(\.step) == [2, 4, 6, 8, 9])
    let reasons = [String](repeating: "as the recipe asks", count: 4) + ["the stage is done"]
    #expect(zip(lines, reasons).allSatisfy { $0.reason.hasPrefix($1) })
    let found = CheckpointDirectory(run: run).list()
    #expect(found.map(\.step) == lines.map(\.step))
    for (line, checkpoint) in zip(lines, found) {
      guard case .integer(checkpoint.bytes) = line.details["bytes"],
        case .number(let blocked) = line.details["blocked_seconds"],
        case .number(let written) = line.details["write_seconds"]
      else {
        Issue.record("\(line.details)")
        continue
      }
      #expect(blocked >= 0 && written > 0 && blocked.isFinite && written.isFinite)
    }
  }
}
