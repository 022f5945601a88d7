import Checkpoints
import Communication
import Foundation
import Synchronization
import Testing

@testable import Training

/// Which model the ranks of `score` have.
@Suite struct RunLoaderTests {
  private let world: FeatureWorld

  init() throws { world = try FeatureWorld(pictures: 4) }

  /// What each rank is given, and what rank 0 was told.
  private func choices(of path: String) throws -> (paths: [String], told: [String]) {
    let paths = Mutex<[Int: String]>([:])
    let told = Mutex<[String]>([])
    try LocalCommunicator.run(ranks: 3) { communicator in
      let chosen = try RunLoader.choose(path, communicator) { sentence in told.withLock { $0.append(sentence) } }
      paths.withLock { $0[communicator.rank] = chosen }
    }
    let given = paths.withLock { $0 }
    return ((0..<3).compactMap { given[$0] }, told.withLock { $0 })
  }

  @Test func `all ranks have the newest good checkpoint of a run, and a damaged one is told of once`() throws {
    _ = try world.run("run", ["stages.0.until={steps: 2}", "checkpoint.every_steps=1", "checkpoint.keep=3"])
    let run = world.path + "/run"
    let newest = try #require(try CheckpointDirectory(run: run).latestGood { _ in })
    #expect(try choices(of: run).paths == [String](repeating: newest.path, count: 3))
    let shard = try #require(
      FileManager.default.contentsOfDirectory(atPath: newest.path).first { $0 != "manifest.json" })
    #expect(truncate(newest.path + "/" + shard, 10) == 0)
    let (paths, told) = try choices(of: run)
    #expect(Set(paths).count == 1 && paths.count == 3 && paths.first != newest.path, "\(paths)")
    #expect(!told.isEmpty && Set(told).count == told.count, "\(told)")
    // One checkpoint, or a model, is what it is.
    #expect(try choices(of: newest.path).paths == [String](repeating: newest.path, count: 3))
    #expect(try choices(of: "model").paths == ["model", "model", "model"])
  }

  @Test func `a run without a checkpoint is refused by all ranks`() throws {
    try FileManager.default.createDirectory(atPath: world.path + "/none", withIntermediateDirectories: true)
    let run = world.path + "/none"
    try Data().write(to: URL(filePath: run + "/recipe.yaml"))
    let failures = Mutex(0)
    try LocalCommunicator.run(ranks: 3) { communicator in
      do {
        _ = try RunLoader.choose(run, communicator) { _ in }
      } catch is TrainingError {
        failures.withLock { $0 += 1 }
      }
    }
    #expect(failures.withLock { $0 } == 3)
  }
}
