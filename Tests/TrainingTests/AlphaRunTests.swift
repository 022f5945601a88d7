import Foundation
import Media
import Testing

@testable import Training

/// What becomes of transparent pictures is a matter of each source, with a new tower and with a loaded one.
@Suite struct AlphaRunTests {
  private let world: FeatureWorld

  init() throws {
    world = try FeatureWorld(pictures: 4)
    for name in try FileManager.default.subpathsOfDirectory(atPath: world.path) where name.hasSuffix(".png") {
      try Data(Self.transparent).write(to: URL(fileURLWithPath: world.path + "/" + name))
    }
  }

  /// A PNG of 2 x 2 pixels, all of them wholly transparent, with grey behind.
  private static let transparent = [UInt8](
    Data(
      base64Encoded: "iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAYAAABytg0kAAAAEUlEQVR42mNoaGhgAGEGGAMA"
        + "ORIGAbm0kLgAAAAASUVORK5CYII="
    ) ?? Data())

  /// A step on the captions, which are the second source, and what it came to.
  private func outcome(_ name: String, _ overrides: [String]) throws -> FeatureWorld.Outcome {
    let sources = "data={text: {path: \(world.path)/text.json}, captions: {path: \(world.path)/captions.json}}"
    return try world.run(name, [sources, "stages.0.until={steps: 1}"] + overrides)
  }

  /// Losses of the first step and of the held-out set before it, one for each treatment, and without any named.
  private func losses(
    _ kind: String, of key: String, _ overrides: [String] = []
  ) throws -> (steps: [String], heldOut: [Double]) {
    let outcomes = try ["auto", "drop", "white", "black"].map {
      try outcome("\(kind)-\($0)", overrides + ["\(key).alpha=\($0)"])
    }
    return (outcomes.map { $0.figures[0] }, outcomes.map { $0.heldOut[0] })
  }

  @Test func `a source that is not the first, and a held-out set, are treated as they ask`() throws {
    let trained = try losses("train", of: "data.captions")
    #expect(Set(trained.steps).count == 3 && trained.steps[0] == trained.steps[1], "\(trained.steps)")
    #expect(Set(trained.heldOut).count == 1)
    let measured = try losses("measure", of: "evaluation.data.held")
    #expect(Set(measured.heldOut).count == 3 && measured.heldOut[0] == measured.heldOut[1], "\(measured.heldOut)")
    #expect(Set(measured.steps) == [trained.steps[0]])
  }

  @Test func `so they are with a loaded tower, whose processor decides where nobody asks`() throws {
    _ = try outcome("run", ["data.text.alpha=white"])
    let loaded = try RunLoader.load(from: world.path + "/run") { _ in }
    let white = AlphaTreatment.flatten(red: 255, green: 255, blue: 255)
    #expect(loaded.model.preprocessor?.alpha == white)
    try loaded.model.export(directory: world.path + "/model", tokenizerFiles: nil)
    let trained = try losses("train", of: "data.captions", ["model={path: \(world.path)/model}"])
    #expect(Set(trained.steps).count == 3 && trained.steps[0] == trained.steps[2], "\(trained.steps)")
  }
}
