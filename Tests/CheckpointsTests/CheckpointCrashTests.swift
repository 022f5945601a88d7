import Foundation
import Testing

@testable import Checkpoints

/// A stop without warning leaves the files as they are between two calls; these tests go on from there.
struct CheckpointCrashTests {
  enum Stop: CaseIterable, Sendable {
    case begun, someShards, allShards, manifestWritten, oldAside, renamed, oldHalfDeleted
  }

  /// Brings a run that has saved step 1 to the state of a stop while saving step 2. Returns the step that must count.
  private func stop(_ run: RunFixture, at point: Stop) throws -> Int {
    let checkpoints = run.checkpoints
    switch point {
    case .begun:
      try checkpoints.begin(step: 2)
    case .someShards, .allShards:
      try checkpoints.begin(step: 2)
      for rank in 0..<(point == .allShards ? 3 : 2) { _ = try run.writeShard(step: 2, rank: rank, ranks: 3) }
    case .manifestWritten:
      try run.save(step: 2, keep: 9)
      rename(checkpoints.complete(2), checkpoints.temporary(2))
    case .oldAside:
      // The new one is complete but for its name, which the older one of the same step has just given up.
      let spare = "\(run.directory.path)/spare"
      try run.save(step: 2, ranks: 3, keep: 9)
      rename(checkpoints.complete(2), spare)
      try run.save(step: 2, ranks: 1, keep: 9)
      rename(checkpoints.complete(2), checkpoints.replaced(2))
      rename(spare, checkpoints.temporary(2))
      return 2
    case .renamed:
      try run.save(step: 2, keep: 9)
      return 2
    case .oldHalfDeleted:
      try run.save(step: 2, keep: 9)
      rename(checkpoints.complete(1), checkpoints.temporary(1))
      unlink("\(checkpoints.temporary(1))/shard-00001-of-00003.zst")
      return 2
    }
    return 1
  }

  @Test(arguments: Stop.allCases)
  func `after a stop the last complete checkpoint counts, and the run goes on`(point: Stop) throws {
    let run = try RunFixture()
    try run.save(step: 1)
    let expected = try stop(run, at: point)
    #expect(run.listed.last == expected)
    let checkpoint = try #require(try run.checkpoints.latestGood { Issue.record("\($0)") })
    #expect(try checkpoint.isWhole(expected))
    // The next save of the same step, and then of the next, work and leave nothing behind.
    try run.save(step: 2, keep: 2)
    try run.save(step: 3, keep: 2)
    #expect(run.entries == ["step-2", "step-3"])
    #expect(try run.checkpoints.latestGood { Issue.record("\($0)") }?.isWhole(3) == true)
  }

  @Test func `a run without checkpoints has none`() throws {
    let run = try RunFixture()
    #expect(run.listed == [])
    #expect(try run.checkpoints.latestGood { Issue.record("\($0)") } == nil)
    try run.checkpoints.begin(step: 0)
    #expect(try run.checkpoints.latestGood { Issue.record("\($0)") } == nil)
  }

  @Test func `what kills have left goes before the next checkpoint takes its room`() throws {
    let run = try RunFixture()
    try run.save(step: 1)
    for step in [3, 5] {
      try run.checkpoints.begin(step: step)
      _ = try run.writeShard(step: step, rank: 0, ranks: 3)
    }
    #expect(run.entries == ["step-1", "step-5.tmp"])
    run.checkpoints.removeLeftovers()
    #expect(run.entries == ["step-1"])
  }

  @Test func `one that was to be replaced is kept and deleted as others are, though its step never comes again`() throws
  {
    let run = try RunFixture()
    _ = try stop(run, at: .oldAside)
    #expect(run.entries == ["step-2.replaced", "step-2.tmp"])
    try run.save(step: 3, keep: 2)
    #expect(run.entries == ["step-2.replaced", "step-3"] && run.listed == [2, 3])
    try run.save(step: 4, keep: 2)
    #expect(run.entries == ["step-3", "step-4"])
  }

  @Test func `one that was replaced counts where its successor is damaged`() throws {
    let run = try RunFixture()
    _ = try stop(run, at: .oldAside)
    rename(run.checkpoints.temporary(2), run.checkpoints.complete(2))
    #expect(try run.checkpoints.latestGood { Issue.record("\($0)") }?.path == run.checkpoints.complete(2))
    unlink("\(run.checkpoints.complete(2))/manifest.json")
    var said: [String] = []
    let found = try #require(try run.checkpoints.latestGood { said.append($0) })
    #expect(try found.path == run.checkpoints.replaced(2) && found.isWhole(2) && said.count == 2)
  }

  @Test func `what the run went back behind neither counts nor comes back, and goes once the run is past it`()
    throws
  {
    let run = try RunFixture()
    for step in [1, 2, 3] { try run.save(step: step, keep: 9) }
    let manifest = "\(run.checkpoints.complete(3))/manifest.json"
    rename(manifest, manifest + ".away")
    let found = try #require(try run.checkpoints.latestGood { _ in })
    #expect(found.step == 2)
    try run.checkpoints.setAside(after: found.step)
    // The device reads it well the next time.
    rename(run.checkpoints.damaged(3) + "/manifest.json.away", run.checkpoints.damaged(3) + "/manifest.json")
    #expect(run.entries == ["step-1", "step-2", "step-3.damaged"] && run.listed == [1, 2])
    #expect(try run.checkpoints.latestGood { Issue.record("\($0)") }?.step == 2)
    try run.save(step: 3, keep: 2)
    #expect(run.entries == ["step-2", "step-3"])
  }
}
