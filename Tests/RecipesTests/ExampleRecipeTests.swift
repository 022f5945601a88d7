import Foundation
import Testing

@testable import Recipes

@Suite struct ExampleRecipeTests {
  @Test(arguments: exampleRecipes)
  func `the resolved recipe reads back to an equal one, and prints the same again`(name: String) throws {
    let recipe = try example(name)
    let again = try parse(recipe.yaml())
    #expect(again == recipe)
    #expect(again.yaml() == recipe.yaml())
    #expect(recipe.differences(from: again) == [])
    #expect(recipe.unsupportedSettings == [])
  }

  @Test func `stage 1 of LLaVA-1.5 has the published values`() throws {
    let recipe = try example("llava-1.5-stage1")
    let stage = recipe.stages[0]
    #expect(recipe.stages.count == 1)
    #expect(stage.train == [PartTraining(part: .connector, lr: 1e-3, lora: nil, lastLayers: nil)])
    #expect(stage.batch == BatchSize(global: 256, micro: 8, maxTokens: 2048))
    #expect(stage.schedule == Schedule(kind: .cosine, warmup: .fraction(0.03)))
    #expect(stage.optimizer == Optimizer(kind: .adamw, betas: [0.9, 0.999], eps: 1e-8, weightDecay: 0))
    #expect(stage.clip == 1)
    #expect(stage.until == .epochs(1))
    #expect(stage.template == .plain)
    guard case .parts(let parts) = recipe.model.weights else { throw Mismatch() }
    #expect(parts.featureLayer == -2)
    #expect(parts.featureSelect == .patch)
    #expect(parts.connector == .new(.object([ConfigurationEntry(key: "kind", value: .string("mlp2x_gelu"))])))
  }

  @Test func `stage 2 of LLaVA-1.5 has the published values, with low-rank adapters too`() throws {
    let stage = try example("llava-1.5-stage2").stages[0]
    #expect(stage.train.map(\.part) == [.connector, .language])
    #expect(stage.train.map(\.lr) == [2e-5, 2e-5])
    #expect(stage.batch == BatchSize(global: 128, micro: 4, maxTokens: 2048))
    #expect(stage.schedule == Schedule(kind: .cosine, warmup: .fraction(0.03)))
    #expect(stage.template == .vicunaV1)

    let adapter = "{lr: 2e-4, lora: {rank: 128, alpha: 256, dropout: 0.05}}"
    let low = try example("llava-1.5-stage2", ["stages.instruct.train.language=\(adapter)"]).stages[0]
    #expect(low.train[1].lora == LowRankAdapter(rank: 128, alpha: 256, dropout: 0.05))
    #expect(low.train[1].lr == 2e-4)
  }

  @Test func `paths start from the recipe's folder`() throws {
    let folder = try golden("recipes").path
    let recipe = try example("clipart")
    #expect(recipe.data[0].path == folder + "/captions.json")
    #expect(recipe.data[0].images == folder + "/images")
    #expect(recipe.evaluation.data.map(\.path) == [folder + "/heldout.json"])
    #expect(recipe.model.tokenizer == folder + "/smollm2")
    #expect(recipe.data[0].alpha == .white)
  }

  @Test func `the demo's anchor and its curriculum are understood`() throws {
    let recipe = try example("demo")
    #expect(recipe.stages[1].batch == recipe.stages[0].batch)
    #expect(recipe.stages[0].template == .plain)
    #expect(recipe.stages[1].template == .chatml)
    #expect(recipe.stages[1].mix.sources == ["captions", "chat", "text"])
    #expect(recipe.stages[1].mix.points.map(\.weights) == [[0.5, 0.35, 0.15], [0, 0.85, 0.15]])
    #expect(recipe.stages[1].schedule == Schedule(kind: .wsd, warmup: .steps(4), decay: 0.2))
  }

  @Test func `the recipe of the README is one`() throws {
    let readme = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../../README.md")
    let parts = try String(contentsOf: readme, encoding: .utf8).components(separatedBy: "```")
    let recipes = parts.filter { $0.hasPrefix("yaml\n") }.map { String($0.dropFirst(5)) }
    #expect(recipes.count == 1)
    for text in recipes {
      let recipe = try parse(text)
      #expect(recipe.stages.map(\.name) == ["align", "instruct"] && recipe.unsupportedSettings == [])
    }
  }
}

struct Mismatch: Error {}
