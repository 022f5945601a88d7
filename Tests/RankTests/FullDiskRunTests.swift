import Foundation
import Testing

/// A disk of its own, where the privileges allow to make one.
final class TinyDisk {
  let path: String

  /// Said once on the console where it is not.
  static let isPossible: Bool = {
    let made = (try? TinyDisk(bytes: 1 << 20)) != nil
    if !made { print("RankTests: no tmpfs can be mounted here, so no run was tried on a full disk") }
    return made
  }()

  init(bytes: Int) throws {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("disk-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    path = url.path
    guard Self.run("mount", "-t", "tmpfs", "-o", "size=\(bytes)", "tmpfs", path) else {
      try? FileManager.default.removeItem(atPath: path)
      throw CocoaError(.fileWriteNoPermission)
    }
  }

  deinit {
    _ = Self.run("umount", "-l", path)
    try? FileManager.default.removeItem(atPath: path)
  }

  func grow(to bytes: Int) -> Bool { Self.run("mount", "-o", "remount,size=\(bytes)", path) }

  private static func run(_ arguments: String...) -> Bool {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = arguments
    process.standardError = FileHandle.nullDevice
    guard (try? process.run()) != nil else { return false }
    return process.ends(within: 60) && process.terminationStatus == 0
  }
}

/// A whole run onto a disk that is too small for it.
@Suite(
  .serialized, .enabled(if: Mpirun.path != nil, "mpirun is not in PATH"),
  .enabled(if: TinyDisk.isPossible, "no tmpfs can be mounted here"))
struct FullDiskRunTests {
  private func train(_ world: World, _ run: String) throws -> Mpirun.Outcome {
    try Mpirun.run(ranks: 2, program: "vlm-dist", ["train", world.recipe, "--run", run])
  }

  private func losses(_ run: String) throws -> [String] {
    try String(contentsOfFile: run + "/metrics.jsonl", encoding: .utf8).split(separator: "\n").map { line in
      let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
      return ["step", "loss", "grad_norm"].map { "\(object?[$0] ?? "-")" }.joined(separator: " ")
    }
  }

  private func checkpoints(_ run: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: run + "/checkpoints").sorted()
  }

  @Test func `a full disk ends a run in good order, and with room the same command goes on with the same losses`()
    throws
  {
    let world = try World()
    let whole = world.path + "/whole"
    #expect(try train(world, whole).code == 0)
    let expected = try losses(whole)
    #expect(expected.count == 10)
    let shards = try FileManager.default.contentsOfDirectory(atPath: whole + "/checkpoints/step-10").map {
      try FileManager.default.attributesOfItem(atPath: whole + "/checkpoints/step-10/" + $0)[.size] as? Int ?? 0
    }
    // Room for one checkpoint and the records, not for two.
    let disk = try TinyDisk(bytes: shards.reduce(0, +) * 3 / 2 + 64 << 10)
    let run = disk.path + "/run"
    let full = try train(world, run)
    #expect(full.code == 74, "\(full.errors)")
    #expect(full.complaint.contains("cannot write \(run)/checkpoints/step-4.tmp/shard-"), "\(full.complaint)")
    #expect(full.complaint.contains("No space left on device; free some space"))
    #expect(try checkpoints(run) == ["step-2"])
    #expect(try Mpirun.runAlone(program: "vlm-dist", ["checkpoint", "verify", run]).code == 0)

    // Nothing has changed, so the same happens again, and the last checkpoint stays.
    #expect(try train(world, run).code == 74)
    #expect(try checkpoints(run) == ["step-2"])

    #expect(disk.grow(to: 64 << 20))
    let resumed = try train(world, run)
    #expect(resumed.code == 0, "\(resumed.errors)")
    #expect(try losses(run) == expected)
  }

  @Test func `a disk without any room is one line that names the place`() throws {
    let world = try World()
    let disk = try TinyDisk(bytes: 4096)
    let outcome = try train(world, disk.path + "/run")
    #expect(outcome.code == 74)
    #expect(outcome.complaint.contains(disk.path + "/run") && outcome.complaint.contains("No space left on device"))
  }
}
