import Autograd
import Models
import Testing

@Test(arguments: referenceModels)
func `recomputed layers give every gradient to the bit`(name: String) throws {
  let reference = try Reference(name)
  let input = ModelInput(try reference.samples())
  let (kept, again) = (try reference.gradients(input), try reference.gradients(input, .recompute))
  #expect(kept.count == again.count)
  for (parameter, gradient) in kept {
    #expect(gradient.map(\.bitPattern) == again[parameter]?.map(\.bitPattern), "\(parameter)")
  }
}

@Test(arguments: referenceModels)
func `a tape that recomputes holds a record a layer`(name: String) throws {
  let reference = try Reference(name)
  let (model, input) = (reference.model, ModelInput(try reference.samples()))
  let (_, flat) = reference.trainAll()
  defer {
    for parameter in model.store.parameters { parameter.freeze() }
    flat.deallocate()
  }
  let (all, few) = (Tape(.keep), Tape(.recompute))
  _ = try model.losses(input, on: all)
  _ = try model.losses(input, on: few)
  let layers = model.visionLayersUsed + model.language.configuration.numHiddenLayers
  // Without those of the layers, both hold the same.
  #expect(all.count - few.count >= 8 * layers, "\(all.count) and \(few.count) records, \(layers) layers")
}

@Test func `parameters of recomputed layers are told ready once each, in the walk's order`() throws {
  let reference = try Reference("siglip-qwen2")
  let (model, input) = (reference.model, ModelInput(try reference.samples()))
  let (_, flat) = reference.trainAll()
  defer {
    for parameter in model.store.parameters { parameter.freeze() }
    flat.deallocate()
  }
  func order(_ activations: ActivationMemory) throws -> [String] {
    var names: [String] = []
    let tape = Tape(activations)
    _ = try model.losses(input, on: tape)
    tape.backward { names.append($0.name) }
    return names
  }
  let (kept, again) = (try order(.keep), try order(.recompute))
  #expect(Set(kept) == Set(again) && again.count == Set(again).count)
  // A layer's parameters come at once, behind those of the layer after it.
  let last = again.lastIndex { $0.contains("language_model.model.layers.1.") } ?? -1
  let first = again.firstIndex { $0.contains("language_model.model.layers.0.") } ?? -1
  #expect(last >= 0 && last < first)
}
