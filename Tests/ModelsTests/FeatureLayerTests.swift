import Layers
import Models
import Tensors
import Testing

/// The reference model with the features of another layer.
private func model(_ name: String, featureLayer: Int) throws -> (model: VisionLanguageModel, input: ModelInput) {
  let reference = try Reference(name)
  var configuration = reference.model.configuration
  configuration.featureLayer = featureLayer
  let values = Dictionary(uniqueKeysWithValues: reference.model.store.parameters.map { ($0.name, $0.value) })
  let store = ParameterStore(sources: [(prefix: "", source: DictionarySource(values))])
  return (try VisionLanguageModel(configuration: configuration, store: store), reference.input)
}

/// Layers of the vision tower that the features of a layer go through, counted as transformers counts.
private let layersUsed = [
  ("siglip-qwen2", -1, 2), ("siglip-qwen2", 1, 1), ("siglip-qwen2", -3, 0), ("clip-llama", -2, 2),
]

@Test(arguments: layersUsed)
func `a parameter of the tower matters exactly where the feature layer is above it`(
  name: String, featureLayer: Int, layers: Int
) throws {
  let (model, input) = try model(name, featureLayer: featureLayer)
  #expect(model.visionLayersUsed == layers)
  let before = try model.losses(input)
  var without = 0
  for parameter in model.store.parameters where parameter.name.hasPrefix("vision_tower.") {
    let value = parameter.value
    parameter.value = Tensor(repeating: .nan, shape: value.shape)
    let after = try model.losses(input)
    parameter.value = value
    let matters = model.usesVisionParameter(parameter.name)
    if let layer = model.visionLayer(of: parameter.name) { #expect(matters == (layer < layers)) }
    if matters {
      #expect(after.allSatisfy { $0.isNaN }, "\(parameter.name)")
    } else {
      without += 1
      #expect(after.map(\.bitPattern) == before.map(\.bitPattern), "\(parameter.name)")
    }
  }
  // Two for the final norm, sixteen for each layer behind.
  let all = name == "clip-llama" ? 3 : 2
  #expect(without == 2 + 16 * (all - layers))
}
