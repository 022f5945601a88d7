import Foundation
import Tensors
import Testing

@testable import Checkpoints

/// A disk of 1 MB, where the privileges allow to make one.
final class TinyDisk {
  let directory: TemporaryDirectory
  var path: String { directory.path }
  static let isPossible = (try? TinyDisk()) != nil

  init() throws {
    directory = try TemporaryDirectory()
    guard Self.run("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", directory.path) else {
      throw CocoaError(.fileWriteNoPermission)
    }
  }

  deinit { _ = Self.run("umount", "-l", directory.path) }

  /// Waits, if need be, until so much room is free: a child process that another test starts at this moment holds copies
  /// of all open files until it runs, and with them the room of a file just removed.
  func hasRoom(_ bytes: Int) -> Bool {
    for _ in 0..<500 {
      var status = statvfs()
      if statvfs(path, &status) == 0, Int(status.f_bavail * status.f_bsize) >= bytes { return true }
      usleep(10_000)
    }
    return false
  }

  private static func run(_ arguments: String...) -> Bool {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = arguments
    process.standardError = FileHandle.nullDevice
    guard (try? process.run()) != nil else { return false }
    // Not waitUntilExit: its run loop was seen to miss the end.
    while process.isRunning { usleep(2000) }
    return process.terminationStatus == 0
  }
}

struct FullDiskTests {
  private static var noise: [(name: String, tensor: Tensor)] {
    var random = RandomStream(9)
    return [("noise", random.normalTensor([600_000], deviation: 1))]
  }

  @Test func `a full device is an error with its path`() {
    let error = failure { () throws(CheckpointError) in
      let file = try DurableFile(path: "/dev/full")
      try file.write([1, 2, 3])
    }
    #expect(error == .system(action: "write", path: "/dev/full", errno: ENOSPC))
  }

  @Test func `a directory that is not there is an error with its path`() throws {
    let directory = try TemporaryDirectory()
    let error = failure { () throws(CheckpointError) in
      try SafetensorsWriter.write(Self.noise, to: "\(directory.path)/no/model.safetensors")
    }
    guard case .system("create", let path, ENOENT) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(path.hasPrefix("\(directory.path)/no/model.safetensors"))
  }

  @Test(.enabled(if: TinyDisk.isPossible))
  func `a model that does not fit leaves the older one and no temporary file`() throws {
    let disk = try TinyDisk()
    let path = "\(disk.path)/model.safetensors"
    let small = [(name: "small", tensor: Tensor([1, 2], shape: [2]))]
    try SafetensorsWriter.write(small, to: path)
    let error = failure { () throws(CheckpointError) in try SafetensorsWriter.write(Self.noise, to: path) }
    guard case .system("write", let named, ENOSPC) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(named.hasPrefix(path))
    #expect(disk.directory.entries == ["model.safetensors"])
    #expect(try SafetensorsFile(path: path).tensor("small").array == [1, 2])
  }

  @Test(.enabled(if: TinyDisk.isPossible))
  func `a checkpoint that does not fit leaves the last one, and room is given back`() throws {
    let disk = try TinyDisk()
    let checkpoints = CheckpointDirectory(run: disk.path)
    let save = { (step: Int, values: [(name: String, tensor: Tensor)]) throws(CheckpointError) -> Void in
      try checkpoints.begin(step: step)
      let tensors = values.map {
        CheckpointTensor(name: $0.name, pointer: $0.tensor.pointer, count: $0.tensor.count, shape: $0.tensor.shape)
      }
      let shard = try checkpoints.writeShard(
        step: step, rank: 0, ranks: 1, total: tensors.reduce(0) { $0 + $1.count },
        pieces: CheckpointTensor.share(of: tensors, rank: 0, ranks: 1), level: 1)
      try checkpoints.commit(
        step: step, shards: [shard], tensors: tensors.map(\.descriptor), state: RunFixture.state(step), keep: 1)
    }
    try save(1, RunFixture.values(1))
    let error = failure { () throws(CheckpointError) in try save(2, Self.noise) }
    let shard = "\(checkpoints.temporary(2))/shard-00000-of-00001.zst"
    #expect(error == .system(action: "write", path: shard, errno: ENOSPC))
    #expect(access(shard, F_OK) != 0)
    #expect(disk.hasRoom(900_000))
    checkpoints.abandon(step: 2)
    #expect(try checkpoints.latestGood { Issue.record("\($0)") }?.isWhole(1) == true)
    try save(3, RunFixture.values(3))
    #expect(try checkpoints.latestGood { Issue.record("\($0)") }?.isWhole(3) == true)
    #expect(checkpoints.list().map(\.step) == [3])
  }
}
