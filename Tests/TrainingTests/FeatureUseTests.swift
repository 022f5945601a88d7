import Datasets
import Foundation
import Testing

@testable import Recipes
@testable import Training

/// When a stage has use for the feature cache.
@Suite struct FeatureUseTests {
  private let world: FeatureWorld

  init() throws { world = try FeatureWorld(pictures: 24) }

  private func use(_ overrides: [String], stage: Int = 0) throws -> FeatureUse {
    let recipe = try world.recipe(["evaluation.data="] + overrides)
    func sets(_ sources: [DataSource]) throws -> [LlavaDataset] {
      try sources.map {
        try LlavaDataset(name: $0.name, path: $0.path, imageDirectory: $0.images, limit: $0.maxSamples)
      }
    }
    return FeatureUse(stage: stage, of: recipe, data: try sets(recipe.data), heldOut: try sets(recipe.evaluation.data))
  }

  @Test(arguments: [
    (["stages.0.until={epochs: 1}"], nil), (["stages.0.until={steps: 6}"], nil),
    (["stages.0.until={epochs: 0.5}"], nil),
    (["stages.0.until={steps: 7}"], "captions is gone through 1.2 times"),
    (["stages.0.until={epochs: 2}"], "captions is gone through 2.0 times"),
    (["stages.0.until={plateau: {patience: 2, max_epochs: 4}}"], "captions is gone through 4.0 times"),
    (["stages.0.until={plateau: {patience: 2, max_epochs: 1}}"], nil),
    // Words alone have nothing to keep.
    (["stages.0.until={epochs: 9}", "stages.0.mix={text: 1}"], nil),
    // 30 samples, 24 of them captions: nine tenths of the draws go through the captions more than once.
    (["stages.0.until={epochs: 1}", "stages.0.mix={captions: 0.9, text: 0.1}"], "captions is gone through 1.1 times"),
    (["stages.0.until={epochs: 1}", "stages.0.mix={captions: 0.8, text: 0.2}"], nil),
    // 24 samples of each: over the curriculum captions have half of the draws of two passes.
    (
      [
        "data.chat.path=CHAT", "stages.0.until={epochs: 2}",
        "stages.0.mix=[{at: 0, weights: {captions: 1}}, {at: 1, weights: {chat: 1}}]",
      ], "captions is gone through 2.0 times; chat is gone through 2.0 times"
    ),
    (
      ["data.chat.path=CHAT", "stages.0.until={epochs: 1}", "stages.0.mix={captions: 1, chat: 1}"],
      "several samples share a picture"
    ),
    (["stages.0.until={epochs: 0.5}", "stages.0.images=blank"], "all pictures are the same grey one"),
  ])
  func `training pictures are kept where they come again`(overrides: [String], reason: String?) throws {
    let use = try use(overrides.map { $0.replacing("CHAT", with: world.path + "/chat.json") })
    #expect(use.training == (reason != nil) && !use.heldOut && use.isOn == (reason != nil))
    #expect(use.reason == reason ?? FeatureUse.seenOnce.reason)
  }

  @Test func `held-out pictures are kept where they are measured again`() throws {
    let once = ["stages.0.until={epochs: 1}", "stages.1.until={epochs: 1}"]
    let stages = ["stages=[\(Self.stage("a")), \(Self.stage("b"))]"] + once
    let held = ["evaluation.data={held: {path: \(world.path)/heldout-captions.json}}"]
    let first = try use(stages + held)
    #expect(first.heldOut && !first.training && first.reason == "held-out pictures are measured 2 times")
    #expect(try use(stages + held, stage: 1) == .seenOnce)
    // Six steps: after the second and the fourth one, and at the end.
    let often = try use(stages + held + ["evaluation.every_steps=2"], stage: 1)
    #expect(often.heldOut && often.reason == "held-out pictures are measured 3 times")
    #expect(try use(stages + ["evaluation.data={held: {path: \(world.path)/text.json}}"]) == .seenOnce)
    let both = try use(held + ["stages.0.until={epochs: 2}"])
    #expect(both.training && both.heldOut)
  }

  private static func stage(_ name: String) -> String {
    "{name: \(name), train: {connector: {lr: 1}}, mix: {captions: 1}, batch: {global: 4}}"
  }
}
