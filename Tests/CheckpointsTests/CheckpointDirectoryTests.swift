import CZstd
import Foundation
import Tensors
import Testing

@testable import Checkpoints

struct CheckpointDirectoryTests {
  @Test(arguments: [1, 2, 3, 5, 8, 2000])
  func `a checkpoint of any number of ranks is read as a whole`(ranks: Int) throws {
    let run = try RunFixture()
    try run.save(step: 7, ranks: ranks)
    let checkpoint = try #require(try run.checkpoints.latestGood { Issue.record("\($0)") })
    #expect(checkpoint.ranks == ranks)
    #expect(checkpoint.tensors == RunFixture.descriptors(RunFixture.values(7)))
    #expect(try checkpoint.isWhole(7))
    let summary = try #require(run.checkpoints.list().first)
    #expect(summary.ranks == ranks)
    #expect(summary.bytes == checkpoint.manifest.shardBytes)
    #expect(abs(summary.date.timeIntervalSinceNow) < 60)
  }

  @Test func `arrays larger than a chunk keep every bit, NaNs and zeros included`() throws {
    let run = try RunFixture()
    var random = RandomStream(3)
    let count = 2 * ShardRecord.largestChunk + 5
    let large = Tensor(uninitialized: [count])
    for index in 0..<count { large.sharedPointer[index] = Float(bitPattern: UInt32(truncatingIfNeeded: random.next())) }
    let zeros = Tensor(repeating: -0.0, shape: [3, 400_000])
    try run.save(step: 1, ranks: 3, [("large", large), ("zeros", zeros)])
    let checkpoint = try #require(try run.checkpoints.latestGood { Issue.record("\($0)") })
    #expect(try checkpoint.values("large").map(\.bitPattern) == large.array.map(\.bitPattern))
    #expect(try checkpoint.values("zeros").map(\.bitPattern) == zeros.array.map(\.bitPattern))
    // Noise costs next to nothing, zeros vanish.
    #expect(checkpoint.manifest.shardBytes < 4 * count + 20_000)
  }

  @Test func `a directory that is away is not one without checkpoints`() throws {
    let run = try RunFixture()
    try run.save(step: 7, ranks: 2)
    let path = run.checkpoints.path
    try FileManager.default.moveItem(atPath: path, toPath: path + ".away")
    #expect(try run.checkpoints.latestGood { Issue.record("\($0)") } == nil)
    try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: path + ".gone")
    #expect(throws: CheckpointError.system(action: "list", path: path, errno: ENOENT)) {
      try run.checkpoints.latestGood { Issue.record("\($0)") }
    }
    try FileManager.default.removeItem(atPath: path)
    try Data().write(to: URL(filePath: path))
    #expect(throws: CheckpointError.system(action: "list", path: path, errno: ENOTDIR)) {
      try run.checkpoints.latestGood { Issue.record("\($0)") }
    }
    try FileManager.default.removeItem(atPath: path)
    try FileManager.default.moveItem(atPath: path + ".away", toPath: path)
    #expect(try run.checkpoints.latestGood { Issue.record("\($0)") }?.step == 7)
  }

  @Test func `too many open files and a file server that is away are no damage, a bad sector and a lost file are`() {
    func isPassing(_ code: Int32) -> Bool { CheckpointError.system(action: "open", path: "p", errno: code).isPassing }
    #expect([EMFILE, ENFILE, ESTALE, ETIMEDOUT].allSatisfy(isPassing))
    #expect(![EIO, ENOENT, ENOTDIR, EISDIR].contains(where: isPassing))
    #expect(!CheckpointError.noneGood(path: "p", count: 1).isPassing)
  }

  @Test func `a shard is plain zstd and unpacks into byte planes`() throws {
    let run = try RunFixture()
    let values = [(name: "w", tensor: Tensor([1, -2, 0.5], shape: [3]))]
    try run.save(step: 1, ranks: 1, values)
    let shard = try contents("\(run.checkpoints.path)/step-1/shard-00000-of-00001.zst")
    var planes = [UInt8](repeating: 0xAA, count: 12)
    #expect(ZSTD_decompress(&planes, planes.count, shard, shard.count) == 12)
    // 1 = 3F800000, -2 = C0000000, 0.5 = 3F000000; signs behind: 7F000000, 80000001, 7E000000.
    #expect(planes == [0, 1, 0, 0, 0, 0, 0, 0, 0, 0x7F, 0x80, 0x7E])
  }

  @Test func `only the newest are kept, and what was left over goes`() throws {
    let run = try RunFixture()
    try run.checkpoints.begin(step: 99)
    for step in 1...4 { #expect(try run.save(step: step, keep: 2) == []) }
    #expect(run.entries == ["step-3", "step-4"])
    #expect(run.listed == [3, 4])
  }

  @Test func `going back and saving again neither deletes nor trusts later steps`() throws {
    let run = try RunFixture()
    for step in [10, 20, 30] { try run.save(step: step, keep: 5) }
    try run.save(step: 15, keep: 1)
    #expect(run.listed == [15, 20, 30])
    // Saving a step anew replaces it.
    try run.save(step: 20, ranks: 1, keep: 5)
    #expect(run.checkpoints.list().map(\.ranks) == [3, 1, 3])
    #expect(run.entries == ["step-15", "step-20", "step-30"])
  }

  @Test func `records that do not make up one checkpoint are refused and nothing is published`() throws {
    let run = try RunFixture()
    let values = RunFixture.values(2)
    try run.save(step: 1)
    try run.checkpoints.begin(step: 2)
    let shards = [
      try run.writeShard(step: 2, rank: 0, ranks: 2), try run.writeShard(step: 2, rank: 1, ranks: 2),
    ]
    let other = try run.writeShard(step: 2, rank: 1, ranks: 3)
    let cases: [([[UInt8]], String)] = [
      ([], "no shards"),
      ([shards[0]], "1 shards, but rank 0 saw 2"),
      ([shards[0], shards[0]], "the shard of rank 1 is missing or given twice"),
      ([shards[0], other], "2 shards, but rank 1 saw 3"),
      ([shards[0], [1, 2]], "a shard record that is none"),
    ]
    for (given, reason) in cases {
      let error = failure { () throws(CheckpointError) in
        try run.checkpoints.commit(
          step: 2, shards: given, tensors: RunFixture.descriptors(values), state: [], keep: 1)
      }
      #expect(error == .inconsistent(path: run.checkpoints.temporary(2), reason: reason))
    }
    let short = failure { () throws(CheckpointError) in
      try run.checkpoints.commit(
        step: 2, shards: shards, tensors: Array(RunFixture.descriptors(values).dropLast()), state: [], keep: 1)
    }
    #expect(
      short == .inconsistent(path: run.checkpoints.temporary(2), reason: "rank 0 has 1233 elements in all, not 232"))
    #expect(run.listed == [1])
    run.checkpoints.abandon(step: 2)
    #expect(run.entries == ["step-1"])
  }

  @Test func `a shard that vanished or shrank before the commit is noticed`() throws {
    let run = try RunFixture()
    let values = RunFixture.values(2)
    try run.checkpoints.begin(step: 2)
    let shard = try run.writeShard(step: 2, rank: 0, ranks: 1)
    let path = "\(run.checkpoints.temporary(2))/shard-00000-of-00001.zst"
    truncate(path, 10)
    let commit = { () throws(CheckpointError) -> Void in
      try run.checkpoints.commit(
        step: 2, shards: [shard], tensors: RunFixture.descriptors(values), state: [], keep: 1)
    }
    guard case .damaged(path, .size(_, found: 10)) = failure(commit) else {
      Issue.record("not noticed")
      return
    }
    unlink(path)
    #expect(failure(commit) == .damaged(path: path, fault: .missingShard))
  }

  @Test func `a shard that the device did not keep as it was given is noticed before the commit`() throws {
    let run = try RunFixture()
    try run.checkpoints.begin(step: 2)
    let shard = try run.writeShard(step: 2, rank: 0, ranks: 1)
    let directory = run.checkpoints.temporary(2)
    let record = try JSONDecoder().decode(ShardRecord.self, from: Data(shard))
    try ShardWriter.verify(record, in: directory)
    let path = "\(directory)/\(record.file)"
    var bytes = try contents(path)
    bytes[record.chunks[1].planes[2].offset] ^= 1
    try Data(bytes).write(to: URL(filePath: path))
    #expect(
      failure { () throws(CheckpointError) in try ShardWriter.verify(record, in: directory) }
        == .damaged(path: path, fault: .chunkChecksum(tensor: "step", first: 0, plane: 2)))
    truncate(path, off_t(bytes.count - 1))
    #expect(
      failure { () throws(CheckpointError) in try ShardWriter.verify(record, in: directory) }
        == .damaged(path: path, fault: .size(expected: bytes.count, found: bytes.count - 1)))
    unlink(path)
    #expect(
      failure { () throws(CheckpointError) in try ShardWriter.verify(record, in: directory) }
        == .system(action: "read back", path: path, errno: ENOENT))
  }

  @Test func `a run directory that is gone is not made anew`() throws {
    let run = try RunFixture()
    try run.save(step: 1)
    try FileManager.default.removeItem(atPath: run.checkpoints.path)
    try run.save(step: 2)
    #expect(run.listed == [2])
    try run.checkpoints.begin(step: 3)
    let shard = try run.writeShard(step: 3, rank: 0, ranks: 1)
    try FileManager.default.removeItem(atPath: run.checkpoints.path)
    let commit = { () throws(CheckpointError) -> Void in
      try run.checkpoints.commit(
        step: 3, shards: [shard], tensors: RunFixture.descriptors(RunFixture.values(3)), state: [], keep: 1)
    }
    #expect(failure(commit) == .system(action: "write to", path: run.checkpoints.path, errno: ENOENT))
    try FileManager.default.removeItem(atPath: run.directory.path)
    #expect(
      failure { () throws(CheckpointError) in try run.checkpoints.begin(step: 3) }
        == .system(action: "create", path: run.checkpoints.path, errno: ENOENT))
  }

  @Test func `reading into the wrong room or by a wrong name is refused`() throws {
    let run = try RunFixture()
    try run.save(step: 1)
    let checkpoint = try #require(try run.checkpoints.latestGood { _ in })
    var room = [Float](repeating: 0, count: 5)
    let error = failure { () throws(CheckpointError) in
      try room.withUnsafeMutableBufferPointer { (room) throws(CheckpointError) in
        try checkpoint.read("m.a", into: room)
      }
    }
    #expect(error == .elementCount(path: checkpoint.path, tensor: "m.a", expected: 1001, found: 5))
    #expect(
      failure { () throws(CheckpointError) in _ = try checkpoint.values("x") }
        == .noTensor(path: checkpoint.path, tensor: "x"))
  }
}
