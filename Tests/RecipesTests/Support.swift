import Foundation
import Testing

@testable import Recipes

/// A small valid recipe; tests change a line of it.
let smallRecipe = """
  model: {path: llava}
  data:
    captions: {path: captions.json, images: images/}
    text: {path: text.json}
  stages:
    - name: align
      train: {connector: {lr: 1e-3}}
      mix: {captions: 0.9, text: 0.1}
      batch: {global: 16, micro: 4}
  """

/// The small recipe with a piece of it replaced.
func recipe(_ old: String, _ new: String) -> String {
  precondition(smallRecipe.contains(old), "\(old) is not in the small recipe")
  return smallRecipe.replacing(old, with: new)
}

func parse(_ yaml: String, _ overrides: [String] = []) throws(RecipeError) -> Recipe {
  try Recipe.parse(yaml: yaml, source: "r.yaml", overrides: overrides)
}

/// The lines of the error that a text gives; empty if it is valid.
func complaints(_ yaml: String, _ overrides: [String] = []) -> [String] {
  do {
    _ = try parse(yaml, overrides)
    return []
  } catch {
    return error.description.split(separator: "\n").map(String.init)
  }
}

/// The files of Golden/recipes.
let exampleRecipes = ["llava-1.5-stage1", "llava-1.5-stage2", "clipart", "demo"]

func golden(_ name: String) throws -> URL {
  try #require(Bundle.module.url(forResource: "Golden", withExtension: nil)).appendingPathComponent(name)
}

func example(_ name: String, _ overrides: [String] = []) throws -> Recipe {
  try Recipe.load(path: golden("recipes/\(name).yaml").path, overrides: overrides)
}
