import Foundation
import Testing

@testable import Recipes

@Suite struct OverridesTests {
  @Test func `a setting is found by index, by stage name and in brackets`() throws {
    for key in ["stages.0.batch.global", "stages.align.batch.global", "stages[0].batch.global"] {
      #expect(try parse(smallRecipe, [key + "=64"]).stages[0].batch.global == 64)
    }
  }

  @Test func `the value is YAML, and the last one wins`() throws {
    let overrides = [
      "seed=1", "stages.align.train={vision: {lr: 2e-6, last_layers: 4}}", "seed=2", "precision=\"bf16\"",
    ]
    let recipe = try parse(smallRecipe, overrides)
    #expect(recipe.seed == 2)
    #expect(recipe.precision == .bf16)
    #expect(recipe.stages[0].train == [PartTraining(part: .vision, lr: 2e-6, lora: nil, lastLayers: 4)])
  }

  @Test func `missing settings on the way are made`() throws {
    let recipe = try parse(
      smallRecipe, ["evaluation.data.heldout.path=h.json", "stages.align.optimizer.betas=[0.9, 0.95]"])
    #expect(recipe.evaluation.data.map(\.name) == ["heldout"])
    #expect(recipe.stages[0].optimizer.betas == [0.9, 0.95])
  }

  @Test func `a setting replaces the one that it excludes`() throws {
    let yaml = smallRecipe + "\n    until: {epochs: 2}"
    #expect(try parse(yaml, ["stages.align.until.steps=20"]).stages[0].until == .steps(20))
    let parts = ["model.vision.path=v", "model.connector.new={kind: linear}", "model.language.path=l"]
    let recipe = try parse(smallRecipe, parts)
    guard case .parts(let model) = recipe.model.weights else { throw Mismatch() }
    #expect(model.vision == .path("v"))
    #expect(recipe.model.tokenizer == "l")
    let newer = try parse(recipe.yaml(), ["model.vision.new.hidden_size=8"])
    guard case .parts(let changed) = newer.model.weights else { throw Mismatch() }
    #expect(changed.vision == .new(.object([ConfigurationEntry(key: "hidden_size", value: .int(8))])))
    #expect(try parse(recipe.yaml(), ["model.path=x"]).model == ModelSpecification(weights: .path("x"), tokenizer: "x"))
  }

  @Test func `an empty value takes a setting back`() throws {
    let yaml = smallRecipe + "\nseed: 3\nevaluation: {max_samples: 5}"
    let recipe = try parse(yaml, ["seed=", "evaluation.max_samples=null"])
    #expect(recipe.seed == 7)
    #expect(recipe.evaluation.maxSamples == nil)
  }

  @Test(arguments: [
    ("seed", "--set seed: expected key.path=value, like stages.0.batch.global=64"),
    ("=3", "--set =3: expected key.path=value, like stages.0.batch.global=64"),
    ("stages..x=3", "--set stages..x=3: expected key.path=value, like stages.0.batch.global=64"),
    ("stages.1.clip=3", "--set stages.1.clip=3: no such entry in stages; it has 0 (align)"),
    ("stages.algin.clip=3", "--set stages.algin.clip=3: no such entry in stages; it has 0 (align)"),
    (
      "model.path.x=3",
      "--set model.path.x=3: model.path is the text \"llava\" and has no entries to set; shorten the key"
    ),
    (
      "sede=3",
      "--set sede=3: unknown key \"sede\" in the recipe; did you mean \"seed\"? known: seed, precision, memory, zero, wire, model, "
        + "data, chat_template, stages, checkpoint, evaluation, feature_cache, max_bad_samples, max_not_finite, "
        + "log_every, log_samples"
    ),
    ("seed=x", "--set seed=x: seed: expected a whole number, found the text \"x\""),
    (
      "stages.align.batch.micro=99",
      "r.yaml:9:12: stages[0].batch: micro (99) is above global (16); a global batch is "
        + "made of micro-batches, lower micro"
    ),
  ])
  func `a wrong override is named`(override: String, expected: String) {
    #expect(complaints(smallRecipe, [override]) == [expected])
  }

  @Test func `broken YAML in a value and a wrong line of the file are both named`() {
    let lines = complaints(recipe("lr: 1e-3", "lr: -1"), ["seed=[", "clip=3"])
    #expect(lines.map { $0.prefix(14) } == ["r.yaml:7:29: s", "--set seed=[: ", "--set clip=3: "])
  }

  @Test func `relative paths in an override start from the working folder`() throws {
    let recipe = try example("clipart", ["data.captions.path=here.json"])
    #expect(recipe.data[0].path == FileManager.default.currentDirectoryPath + "/here.json")
  }
}
