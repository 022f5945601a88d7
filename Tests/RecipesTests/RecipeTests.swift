import Foundation
import Testing

@testable import Recipes

private func golden(_ name: String) -> String {
  Bundle.module.path(forResource: "Golden/recipes/\(name)", ofType: "yaml") ?? ""
}

@Test func `a leading ~ is the home folder, wherever a path is written`() throws {
  let home = try #require(ProcessInfo.processInfo.environment["HOME"])
  #expect(resolved("~/data/a.json", from: "/recipes") == resolved(home + "/data/a.json", from: "/recipes"))
  #expect(resolved("~", from: nil) == home)
  #expect(resolved("~else/a", from: "/recipes") == "/recipes/~else/a")
  #expect(resolved("a/~/b", from: "/recipes") == "/recipes/a/~/b")
  let read = try parse(recipe("captions.json", "~/captions.json"))
  #expect(read.data[0].path.hasPrefix(home))
}

@Test(arguments: ["demo", "clipart", "llava-1.5-stage1", "llava-1.5-stage2"])
func `a resolved recipe parses back to an equal one`(name: String) throws {
  let recipe = try Recipe.load(path: golden(name))
  let again = try Recipe.parse(yaml: recipe.yaml(), source: "resolved.yaml")
  #expect(again.differences(from: recipe) == [])
}

@Test func `a misspelt key is refused with the nearest known key and its line`() throws {
  let text = try String(contentsOfFile: golden("demo"), encoding: .utf8)
    .replacingOccurrences(of: "objective:", with: "objektive:")
  #expect(throws: RecipeError.self) { try Recipe.parse(yaml: text, source: "demo.yaml") }
  do {
    _ = try Recipe.parse(yaml: text, source: "demo.yaml")
  } catch {
    #expect("\(error)".contains("objektive"))
    #expect("\(error)".contains("objective"))
    #expect("\(error)".contains("demo.yaml:"))
  }
}

@Test func `an override changes the value it names`() throws {
  let recipe = try Recipe.load(path: golden("demo"), overrides: ["seed=11", "stages.0.batch.global=24"])
  #expect(recipe.seed == 11)
  #expect(recipe.stages[0].batch.global == 24)
}

@Test func `cosine with warm-up follows the reference's formula`() {
  let schedule = Schedule(kind: .cosine, warmup: .fraction(0.1))
  #expect(schedule.factor(step: 0, totalSteps: 100) == 0)
  #expect(abs(schedule.factor(step: 5, totalSteps: 100) - 0.5) < 1e-12)
  #expect(abs(schedule.factor(step: 55, totalSteps: 100) - 0.5) < 1e-12)
  #expect(schedule.factor(step: 100, totalSteps: 100) < 1e-12)
}
