import Testing

@testable import Recipes

@Suite struct DifferencesTests {
  @Test func `changed, added and removed settings are named by stage`() throws {
    let old = try parse(smallRecipe)
    let new = try parse(
      smallRecipe,
      [
        "stages.align.train.connector.lr=2e-3", "stages.align.until.steps=5", "data.captions.images=",
        "data.more.path=more.json", "stages.align.optimizer.betas=[0.9, 0.95]", "stages.align.train.head.lr=1",
      ])
    #expect(
      new.differences(from: old) == [
        "data.captions.images: images/ -> not set",
        "data.more: not set -> {format: llava, path: more.json, alpha: auto}",
        "stages.align.train.connector.lr: 0.001 -> 0.002",
        "stages.align.train.head: not set -> {lr: 1.0}",
        "stages.align.optimizer.betas: [0.9, 0.999] -> [0.9, 0.95]",
        "stages.align.until.steps: not set -> 5",
        "stages.align.until.epochs: 1.0 -> not set",
      ])
    #expect(new.differences(from: new) == [])
  }

  @Test func `a curriculum in place of fixed weights and a new order are differences`() throws {
    let old = try parse(smallRecipe)
    let points = "[{at: 0, weights: {text: 1}}, {at: 1, weights: {captions: 1}}]"
    #expect(
      try parse(smallRecipe, ["stages.0.mix=\(points)"]).differences(from: old) == [
        "stages.align.mix: {captions: 0.9, text: 0.1} -> [{at: 0.0, weights: {captions: 0.0, text: 1.0}}, "
          + "{at: 1.0, weights: {captions: 1.0, text: 0.0}}]"
      ])
    var swapped = old
    swapped.data.reverse()
    #expect(swapped.differences(from: old) == ["data: order captions, text -> text, captions"])
  }

  @Test func `what travels between hosts is a part of the run`() throws {
    let old = try parse(smallRecipe)
    let new = try parse(smallRecipe, ["wire=bf16"])
    #expect(old.wire == .fp32 && new.wire == .bf16)
    #expect(new.differences(from: old) == ["wire: fp32 -> bf16"])
    #expect(try parse(smallRecipe, ["wire=fp32"]) == old)
  }

  @Test func `where a setting is written is no difference`() throws {
    let old = try parse(smallRecipe)
    let moved = try parse("# a comment\n" + smallRecipe + "\nseed: 7")
    #expect(moved == old)
    #expect(moved.differences(from: old) == [])
  }
}
