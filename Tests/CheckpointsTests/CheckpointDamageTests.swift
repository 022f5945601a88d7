import Foundation
import Tensors
import Testing

@testable import Checkpoints

struct CheckpointDamageTests {
  @Test func `none of 300 truncations and flipped bits is accepted`() throws {
    let run = try RunFixture()
    for step in 1...2 { try run.save(step: step) }
    let newest = run.checkpoints.complete(2)
    let names = try FileManager.default.contentsOfDirectory(atPath: newest).sorted()
    #expect(names.count == 4)
    var random = RandomStream(300)
    for variant in 0..<300 {
      let path = "\(newest)/\(names[variant % names.count])"
      let whole = try contents(path)
      var bytes = whole
      if variant % 3 == 0 {
        bytes.removeLast(1 + random.below(bytes.count))
      } else {
        bytes[random.below(bytes.count)] ^= UInt8(1 << random.below(8))
      }
      try Data(bytes).write(to: URL(filePath: path))
      let damage = failure { () throws(CheckpointError) in try OpenCheckpoint(path: newest).verify() }
      guard case .damaged(path, _) = damage else {
        Issue.record("variant \(variant) of \(path): \(String(describing: damage))")
        continue
      }
      // Reading without verifying first: an error or the right values.
      if let opened = try? OpenCheckpoint(path: newest) {
        for (name, tensor) in RunFixture.values(2) {
          if let values = try? opened.values(name) { #expect(values == tensor.array) }
        }
      }
      var reports: [String] = []
      let good = try #require(try run.checkpoints.latestGood { reports.append($0) })
      #expect(try good.isWhole(1))
      #expect(reports.count == 2 && reports[0].hasPrefix(path))
      try Data(whole).write(to: URL(filePath: path))
    }
    #expect(try run.checkpoints.latestGood { Issue.record("\($0)") }?.isWhole(2) == true)
  }

  @Test func `a missing shard or manifest makes the one before count`() throws {
    for name in ["shard-00001-of-00003.zst", "manifest.json"] {
      let run = try RunFixture()
      for step in 1...2 { try run.save(step: step) }
      unlink("\(run.checkpoints.complete(2))/\(name)")
      var reports: [String] = []
      let good = try #require(try run.checkpoints.latestGood { reports.append($0) })
      #expect(try good.isWhole(1))
      #expect(reports.last == "using the checkpoint of step 1 instead: \(run.checkpoints.complete(1))")
    }
  }

  @Test func `a shard of another checkpoint in its place is noticed`() throws {
    let run = try RunFixture()
    // No structure, so that both shards have the same size.
    for step in 1...2 {
      var random = RandomStream(UInt64(step))
      let noise = (0..<5000).map { _ in Float(bitPattern: UInt32(truncatingIfNeeded: random.next())) }
      try run.save(step: step, ranks: 1, [("noise", Tensor(noise, shape: [5000]))])
    }
    let name = "shard-00000-of-00001.zst"
    let (old, new) = ("\(run.checkpoints.complete(1))/\(name)", "\(run.checkpoints.complete(2))/\(name)")
    #expect(try contents(old).count == contents(new).count)
    try Data(contents(old)).write(to: URL(filePath: new))
    #expect(
      failure { () throws(CheckpointError) in try OpenCheckpoint(path: run.checkpoints.complete(2)).verify() }
        == .damaged(path: new, fault: .chunkChecksum(tensor: "noise", first: 0, plane: 0)))
  }

  @Test func `a run whose checkpoints are all damaged does not start over`() throws {
    let run = try RunFixture()
    for step in 1...2 {
      try run.save(step: step)
      truncate("\(run.checkpoints.complete(step))/manifest.json", 50)
    }
    #expect(run.listed == [])
    #expect(
      failure { () throws(CheckpointError) in _ = try run.checkpoints.latestGood { _ in } }
        == .noneGood(path: run.checkpoints.path, count: 2))
  }

  @Test func `a manifest of a newer version stops the older program`() throws {
    let run = try RunFixture()
    for step in 1...2 { try run.save(step: step) }
    let path = "\(run.checkpoints.complete(2))/manifest.json"
    var manifest = try Manifest(contents(path), path: path)
    manifest.version = 2
    try Data(manifest.encoded()).write(to: URL(filePath: path))
    #expect(
      failure { () throws(CheckpointError) in _ = try run.checkpoints.latestGood { _ in } }
        == .newerVersion(path: path, found: 2, supported: 1))
  }

  @Test func `a manifest with a right checksum and wrong contents is refused`() throws {
    let run = try RunFixture()
    try run.save(step: 1)
    let path = "\(run.checkpoints.complete(1))/manifest.json"
    let good = try Manifest(contents(path), path: path)
    let changes: [(inout Manifest) -> Void] = [
      { $0.shards.removeLast() }, { $0.shards.swapAt(0, 1) }, { $0.shards[0].file = "../x" },
      { $0.shards[0].bytes += 1 }, { $0.shards[0].chunks[0].count = 1 << 40 }, { $0.shards[0].chunks[0].first = 1 },
      { $0.shards[0].chunks[0].planes[1].offset = -1 }, { $0.shards[0].chunks[0].planes[1].length = .max },
      { $0.shards[0].chunks[0].planes = [] }, { $0.shards[0].total = 3 },
      { $0.tensors.append(CheckpointTensorDescriptor(name: "more", shape: [1])) },
      { $0.tensors.append(CheckpointTensorDescriptor(name: "none", shape: [0])) },
      { $0.tensors[0] = CheckpointTensorDescriptor(name: "a.weight", shape: [.max, 2]) },
      { $0.tensors[1] = CheckpointTensorDescriptor(name: "none", shape: [-1]) },
    ]
    for (index, change) in changes.enumerated() {
      var manifest = good
      change(&manifest)
      let error = failure { () throws(CheckpointError) in _ = try Manifest(manifest.encoded(), path: path) }
      guard case .damaged(path, .manifestContent) = error else {
        Issue.record("change \(index): \(String(describing: error))")
        continue
      }
    }
  }
}
