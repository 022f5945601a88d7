import Foundation
import Kernels
import Testing

@testable import Models
@testable import Recipes
@testable import Training

@Suite struct ModelAssemblyTests {
  @Test func `a recipe knows the keys that the configurations have, and the words they take`() {
    func names(_ keys: [ConfigurationKey]) -> [String] { keys.map(\.name) }
    #expect(Set(names(PartKeys.vision)) == Set(VisionConfiguration.CodingKeys.allCases.map(\.rawValue)))
    #expect(Set(names(PartKeys.connector)) == Set(ConnectorConfiguration.CodingKeys.allCases.map(\.rawValue)))
    #expect(
      Set(names(PartKeys.language))
        == Set(LanguageConfiguration.CodingKeys.allCases.map(\.rawValue))
        .union(["rope_theta", "rope_scaling"]))
    for keys in [PartKeys.vision, PartKeys.connector, PartKeys.language] {
      for key in keys {
        switch key.kind {
        case .choice(let words):
          let takes: (String) -> Bool =
            switch key.name {
            case "model_type":
              { VisionConfiguration.Kind(rawValue: $0) != nil || LanguageConfiguration.Kind(rawValue: $0) != nil }
            case "kind": { ConnectorConfiguration.Kind(rawValue: $0) != nil }
            default: { Activation(rawValue: $0) != nil }
            }
          #expect(words.allSatisfy(takes), "\(key.name)")
        case .mapping(let inner):
          #expect(
            Set(names(inner)) == Set(RotaryConfiguration.CodingKeys.allCases.map(\.rawValue)).union(["type"]))
        default: break
        }
      }
    }
    #expect(Set(ConnectorConfiguration.Kind.allCases.map(\.rawValue)) == ["mlp2x_gelu", "pixel_shuffle_mlp", "linear"])
  }

  @Test(arguments: [
    (
      "model.feature_layer=7",
      "--set model.feature_layer=7: model.feature_layer: 7 is not from -3 to 2, num_hidden_layers is 2"
    ),
    (
      "model.vision.new.num_attention_heads=3",
      "model.vision.new.hidden_size: 20 is not a multiple of num_attention_heads 3"
    ),
    (
      "model.language.new.num_key_value_heads=3",
      "model.language.new.num_attention_heads: 2 is not a multiple of num_key_value_heads 3"
    ),
    ("model.language.new.head_dim=5", "model.language.new.head_dim: 5 is odd"),
    (
      "model.language.new.use_sliding_window=true",
      "model.language.new.use_sliding_window: true is out of range; it must be false"
    ),
    ("model.vision.new.num_channels=4", "model.vision.new.num_channels: 4 channels, but pictures have 3"),
    ("model.connector.new.factor=3", "model.connector.new.factor: 4 patches along a side cannot be shuffled by 3"),
    (
      "model.feature_select=full",
      "model.feature_select: pixel shuffle needs a square grid of patches: drop the class token"
    ),
  ])
  func `settings that do not go together are a fault of the recipe, with key and place`(
    override: String, expected: String
  ) throws {
    let world = try FeatureWorld(pictures: 1)
    let recipe = try world.recipe(["model.connector.new.factor=2", override])
    defer { withExtendedLifetime(world) {} }
    do {
      _ = try ModelAssembly.build(recipe)
      Issue.record("\(override) was taken")
    } catch {
      #expect(error is RecipeError, "\(error)")
      #expect("\(error)".contains(expected), "\(error)")
    }
  }

  @Test(arguments: [(nil, 2), (-2, 1)])
  func `no more last layers are trained than the features go through`(featureLayer: Int?, used: Int) throws {
    let world = try FeatureWorld(pictures: 1)
    let settings = featureLayer.map { ["model.feature_layer=\($0)"] } ?? []
    func check(_ layers: Int) throws {
      let recipe = try world.recipe(settings + ["stages.0.train.vision={lr: 1, last_layers: \(layers)}"])
      try ModelAssembly.checkLayers(of: recipe, ModelAssembly.build(recipe).model.configuration)
    }
    try check(used)
    let error = #expect(throws: RecipeError.self) { try check(used + 1) }
    let text = "\(error?.description ?? "")"
    #expect(
      text.hasSuffix(
        "stages[0].train.vision.last_layers: \(used + 1) is out of range; "
          + "it must be at most \(used), the layers that the features go through"), "\(text)")
  }
}
