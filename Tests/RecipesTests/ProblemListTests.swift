import Foundation
import Testing

@testable import Recipes

@Suite struct ProblemListTests {
  @Test func `all problems are named at once, in the order of the file`() {
    let yaml = recipe("lr: 1e-3", "lr: -1").replacing("llava}", with: "llava, feature_layer: 3}")
      .replacing("global: 16, micro: 4", with: "global: 16, micro: 0, max_token: 5")
    #expect(
      complaints(yaml) == [
        "r.yaml:1:37: model.feature_layer goes only with separate parts, a whole model says it in its config.json; "
          + "remove it",
        "r.yaml:7:29: stages[0].train.connector.lr: -1.0 is out of range; it must be at least 0",
        "r.yaml:9:32: stages[0].batch.micro: 0 is out of range; it must be at least 1",
        "r.yaml:9:35: unknown key \"max_token\" in stages[0].batch; did you mean \"max_tokens\"? "
          + "known: global, micro, max_tokens",
      ])
  }

  @Test func `ten problems are printed and the others counted`() {
    let lines = complaints(smallRecipe + "\n" + (0..<13).map { "extra\($0): 1" }.joined(separator: "\n"))
    #expect(lines.count == 11)
    #expect(lines.last == "and 3 more; correct these first")
  }

  @Test func `two stages of one name are refused`() {
    let second = "\n  - {name: align, train: {vision: {lr: 1}}, mix: {text: 1}, batch: {global: 1}}"
    #expect(
      complaints(smallRecipe + second) == [
        "r.yaml:10:12: stages[1].name: the name \"align\" is taken by the stage at r.yaml:6:11; rename one"
      ])
  }

  @Test func `a recipe without stages or data is refused`() {
    #expect(
      complaints("model: {path: a}\ndata: {}\nstages: []") == [
        "r.yaml:2:7: data is empty; add a source, like {captions: {format: llava, path: captions.json}}",
        "r.yaml:3:9: stages is empty; add a stage, like {name: align, train: ...}",
      ])
    #expect(
      complaints("model: {path: a}").map { $0.split(separator: ";").first } == [
        "r.yaml:1:1: the recipe has no data", "r.yaml:1:1: the recipe has no stages",
      ])
  }

  @Test(arguments: ["", "   \n# nothing\n", "---\n", "null"])
  func `an empty text is refused`(yaml: String) {
    #expect(complaints(yaml) == ["r.yaml:1:1: the recipe is empty; give at least model, data and stages"])
  }

  @Test(arguments: ["a: b\n---\nc: d", "[", "a: \"", "\u{1}", "a: *b", "? a", "- 1", "7", "%", "\t- x", "a: &a [*a]"])
  func `text that is no recipe is refused with a place`(yaml: String) {
    let lines = complaints(yaml)
    #expect(!lines.isEmpty)
    #expect(lines.allSatisfy { $0.hasPrefix("r.yaml:") }, "\(lines)")
  }

  @Test func `a small text that stands for billions of values is refused at once`() {
    let lines = (1...40).map { "x\($0): &a\($0) [*a\($0 - 1), *a\($0 - 1)]" }
    #expect(
      complaints("x0: &a0 [1]\n" + lines.joined(separator: "\n")).map { $0.split(separator: ": ").last } == [
        "the recipe has more than 100000 values; a recipe lists settings, samples belong into data files"
      ])
  }

  @Test func `deep nesting is refused`() {
    let deep = String(repeating: "[", count: 100) + String(repeating: "]", count: 100)
    #expect(
      complaints("a: \(deep)").map { $0.hasSuffix("is nested more than 64 levels deep; make it flatter") } == [true])
    #expect(complaints("a: " + String(repeating: "[", count: 100_000)).count == 1)
  }

  @Test(arguments: exampleRecipes)
  func `a damaged recipe is read or refused, and what was read can be written`(name: String) throws {
    let bytes = try [UInt8](Data(contentsOf: golden("recipes/\(name).yaml")))
    let signs = Array("{}[]:,-&*!|>'\"%#\n\t ?0<.~\u{1}é".utf8)
    for attempt in 1...500 {
      // Steps of primes: a different place and sign each time, the same in every run.
      var damaged = bytes
      for piece in 0...(attempt % 4) {
        let place = (attempt * 7919 + piece * 104_729) % damaged.count
        if piece % 2 == 0 {
          damaged[place] = signs[(attempt * 31 + piece) % signs.count]
        } else {
          damaged.remove(at: place)
        }
      }
      do {
        let recipe = try parse(String(decoding: damaged, as: UTF8.self))
        #expect(try parse(recipe.yaml()) == recipe, "attempt \(attempt)")
      } catch {
        guard case RecipeError.problems(let problems) = error else { throw error }
        #expect(!problems.isEmpty, "attempt \(attempt)")
      }
    }
  }

  @Test func `a file that cannot be read is named`() throws {
    #expect(throws: RecipeError.unreadable(path: "/no/such.yaml", reason: "there is no such file")) {
      try Recipe.load(path: "/no/such.yaml")
    }
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appendingPathComponent("r.yaml")
    try Data([0x61, 0xFF]).write(to: file)
    #expect(throws: RecipeError.unreadable(path: file.path, reason: "it is no UTF-8 text")) {
      try Recipe.load(path: file.path)
    }
    try Data(repeating: 0x20, count: Recipe.maximumBytes + 1).write(to: file)
    #expect(throws: RecipeError.unreadable(path: file.path, reason: "it is larger than 1048576 bytes")) {
      try Recipe.load(path: file.path)
    }
    #expect(throws: RecipeError.unreadable(path: folder.path, reason: "it is a folder or not readable")) {
      try Recipe.load(path: folder.path)
    }
    #expect(
      RecipeError.unreadable(path: "r.yaml", reason: "there is no such file").description
        == "r.yaml: cannot read the recipe: there is no such file; check the path")
  }
}
