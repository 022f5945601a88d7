import Foundation
import Records
import Testing

@testable import Training

/// Whole runs with the feature cache: it may make them faster, never other.
@Suite struct FeatureCacheRunTests {
  private let world: FeatureWorld

  init() throws { world = try FeatureWorld() }

  @Test func `losses are the same to the bit on 1, 2 and 3 ranks, found or computed`() throws {
    let alone = try world.run("alone")
    #expect(alone.figures.count == 9 && Set(alone.figures).count == 9)
    #expect(alone.heldOut.count == 2)
    // 12 pictures are computed once and found twice; held-out ones are measured before and after.
    #expect(alone.features.count == 2)
    #expect(
      alone.features[0].reason
        == "the feature cache is on: captions is gone through 3.0 times; held-out pictures are measured 2 times")
    #expect(alone.features[1].reason == "27 of 42 pictures had their vision features already")
    #expect(alone.detail("hits") == 24 && alone.detail("misses") == 12)
    #expect(alone.detail("held_out_hits") == 3 && alone.detail("held_out_misses") == 3)
    #expect(alone.detail("hit_rate")?.description == "0.6667")
    #expect(alone.detail("full") == false && alone.detail("damaged") == nil && alone.warnings == [])
    #expect(alone.detail("bytes") == .integer(world.featureFiles("alone").reduce(0) { $0 + $1.bytes }))
    for ranks in [2, 3] {
      let together = try world.run("ranks-\(ranks)", ranks: ranks)
      #expect(together.figures == alone.figures, "\(ranks) ranks")
      // These are added up rank by rank.
      #expect(zip(together.heldOut, alone.heldOut).allSatisfy { abs($0 - $1) < 1e-12 }, "\(ranks) ranks")
      let names = world.featureFiles("ranks-\(ranks)").map { $0.path.split(separator: "/").last ?? "" }
      #expect(names.count == 2 * ranks)
      // Each rank finds what another computed, or computes it at the same time.
      guard case .integer(let hits) = together.detail("hits"), case .integer(let misses) = together.detail("misses")
      else { throw CocoaError(.coderValueNotFound) }
      #expect(hits + misses == 36 && misses >= 12, "\(ranks) ranks")
    }
  }

  @Test func `a run goes on with the same losses from a cache that is whole, gone, cut or spoiled`() throws {
    let whole = try world.run("run")
    let files = world.featureFiles("run").map(\.path)
    #expect(files.count == 2)
    let kept = try files.map { try Data(contentsOf: URL(fileURLWithPath: $0)) }
    func resume(_ what: String, ranks: Int = 1, _ change: () throws -> Void) throws -> FeatureWorld.Outcome {
      try world.rewind("run", to: 4)
      try? FileManager.default.removeItem(atPath: world.path + "/run/features")
      for (path, bytes) in zip(files, kept) {
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent()
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try bytes.write(to: URL(fileURLWithPath: path))
      }
      try change()
      let resumed = try world.run("run", ranks: ranks)
      #expect(resumed.figures == whole.figures, "\(what)")
      #expect(resumed.heldOut.last == whole.heldOut.last, "\(what)")
      return resumed
    }
    let warm = try resume("whole") {}
    #expect(warm.detail("hits") == 20 && warm.detail("misses") == 0 && warm.detail("held_out_misses") == 0)
    let other = try resume("on two ranks", ranks: 2) {}
    #expect(other.detail("misses") == 0)
    let cold = try resume("gone") { try FileManager.default.removeItem(atPath: world.path + "/run/features") }
    #expect(cold.detail("misses") == 12 && cold.detail("hits") == 8)
    for (number, path) in files.enumerated() {
      let cut = try resume("cut") { try kept[number].prefix(700).write(to: URL(fileURLWithPath: path)) }
      #expect((cut.detail("misses") ?? 0) != 0)
      // A bit of every record.
      let spoiled = try resume("spoiled") {
        var bytes = kept[number]
        for at in stride(from: 5, to: bytes.count, by: 40) { bytes[at] ^= 4 }
        try bytes.write(to: URL(fileURLWithPath: path))
      }
      #expect(spoiled.detail("misses") == 12)
      #expect((spoiled.detail("damaged") != nil) == path.hasSuffix(".zst"))
    }
  }

  @Test func `it is off unless asked for, and then nothing is changed or written`() throws {
    let off = try world.run("off", ["feature_cache="])
    #expect(off.features.isEmpty && world.featureFiles("off").isEmpty)
    let zero = try world.run("zero", ["feature_cache.limit=0"])
    #expect(zero.figures == off.figures && zero.heldOut == off.heldOut && zero.features.isEmpty)
    // With it features are rounded: other losses, by little.
    let on = try world.run("on")
    #expect(on.figures != off.figures)
    for (a, b) in zip(on.figures, off.figures) {
      let losses = [a, b].compactMap { Double($0.split(separator: " ")[1]) }
      #expect(losses.count == 2 && abs(losses[0] - losses[1]) < 1e-2)
    }
  }

  @Test(arguments: [
    (["stages.0.train.vision.lr=1e-3"], FeatureUse.towerTrains),
    (["stages.0.train.vision={lr: 1e-3, last_layers: 1}"], .towerTrains),
    (["stages.0.until={epochs: 1}", "evaluation.data="], .seenOnce),
    (["stages.0.mix={text: 1}", "evaluation.data="], .seenOnce),
  ])
  func `where it has no use it is off with the reason, and the run is that without it`(
    overrides: [String], use: FeatureUse
  ) throws {
    let asked = try world.run("asked", overrides)
    let without = try world.run("without", overrides + ["feature_cache="])
    #expect(asked.figures == without.figures && asked.heldOut == without.heldOut)
    #expect(asked.features.map(\.reason) == ["the feature cache is off: \(use.reason)"])
    #expect(world.featureFiles("asked").isEmpty && !use.isOn)
  }

  @Test(arguments: [1, 3]) func `the limit holds over all ranks, and the losses do not know of it`(ranks: Int) throws {
    // With every picture on disk once.
    let unlimited = try world.run("unlimited", ["stages.0.batch.micro=1"])
    let all = world.featureFiles("unlimited").reduce(0) { $0 + $1.bytes }
    func run(_ limit: Int) throws -> FeatureWorld.Outcome {
      try world.run("limited", ranks: ranks, ["stages.0.batch.micro=1", "feature_cache.limit=\(limit)"])
    }
    let limited = try run(all / 2)
    let bytes = world.featureFiles("limited").reduce(0) { $0 + $1.bytes }
    #expect(bytes <= all / 2 && bytes > all / 8)
    #expect(limited.figures == unlimited.figures)
    #expect(limited.detail("full") == true && unlimited.detail("full") == false)
    // A smaller limit on the way begins anew rather than keep what is too much; a larger one fills up.
    for (limit, name) in [(all / 4, "smaller"), (all * 9, "larger")] {
      try world.rewind("limited", to: 4)
      let changed = try run(limit)
      #expect(changed.figures == unlimited.figures, "\(name)")
      #expect(world.featureFiles("limited").reduce(0) { $0 + $1.bytes } <= limit, "\(name)")
      #expect(changed.detail("full") == .flag(limit < all), "\(name)")
    }
    // To round or not to round is another run.
    #expect(throws: TrainingError.self) { try run(0) }
  }

  @Test func `a tower that has trained since is not taken for the old one`() throws {
    let stages = [
      "stages=[{name: first, train: {connector: {lr: 1e-2}}, mix: {captions: 1}, batch: {global: 4}, until: {epochs: 2}},"
        + "{name: tower, train: {vision: {lr: 1e-1}}, mix: {captions: 1}, batch: {global: 4}, until: {steps: 2}},"
        + "{name: last, train: {connector: {lr: 1e-2}}, mix: {captions: 1}, batch: {global: 4}, until: {epochs: 2}}]"
    ]
    let run = try world.run("run", stages)
    let misses = run.features.compactMap { $0.details["misses"] }
    #expect(misses == [12, 12])
    // Only those of the last tower are still there.
    #expect(Set(world.featureFiles("run").map { ($0.path as NSString).deletingLastPathComponent }).count == 1)
    // The last stage by itself, without anything kept of the first.
    try FileManager.default.removeItem(atPath: world.path + "/run/features")
    try world.rewind("run", to: 8)
    #expect(try world.run("run", stages).figures == run.figures)
  }
}
