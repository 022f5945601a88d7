import Autograd
import Checkpoints
import Foundation
import Layers
import Models
import Pretrained
import Tensors
import Testing

/// Values of transformers' InternVL, written by Golden/make_parts_golden.py.
private func golden() throws -> SafetensorsFile {
  try SafetensorsFile(path: try #require(Bundle.module.path(forResource: "Golden/parts", ofType: "safetensors")))
}

@Test func `the pixel-shuffle connector and its gradients equal InternVL's`() throws {
  let file = try golden()
  var values: [String: Tensor] = [:]
  for name in file.names where name.hasPrefix("parameter.") {
    values[String(name.dropFirst("parameter.".count))] = try file.tensor(name)
  }
  let store = ParameterStore(sources: [(prefix: "", source: DictionarySource(values))])
  let connector = try Connector(
    store.root, configuration: ConnectorConfiguration(kind: .pixelShuffle, factor: 2), visionWidth: 6, languageWidth: 10
  )
  try store.finish()
  let total = store.parameters.reduce(0) { $0 + $1.count }
  let flat = UnsafeMutableBufferPointer<Float>.allocate(capacity: total)
  defer { flat.deallocate() }
  flat.initialize(repeating: 0)
  let buffer = GradientBuffer()
  buffer.base = flat.baseAddress
  var offset = 0
  for parameter in store.parameters {
    parameter.train(into: buffer, offset: offset)
    offset += parameter.count
  }
  let tape = Tape()
  let features = tape.input(try file.tensor("connector.features").reshaped([32, 6]))
  let output = connector(features, side: 4)
  #expect(output.shape == [8, 10])
  #expect(relativeError(output.value.array, try file.tensor("connector.output").array) < 1e-5)
  let seed = try file.tensor("connector.weights").reshaped([8, 10])
  let (end, slot) = (try #require(output.slot), try #require(features.slot))
  let gradients = tape.backward(seeds: [end: seed], keeping: [slot])
  let dFeatures = try #require(gradients[slot]).array
  #expect(relativeError(dFeatures, try file.tensor("connector.gradient.features").array) < 1e-5)
  for parameter in store.parameters {
    let found = (0..<parameter.count).map { flat[parameter.gradientOffset + $0] }
    let expected = try file.tensor("connector.gradient.parameter." + parameter.name).array
    #expect(relativeError(found, expected) < 1e-5, "\(parameter.name)")
  }
}

@Test(arguments: [
  ConnectorConfiguration(kind: .pixelShuffle, factor: 2),
  ConnectorConfiguration(kind: .pixelShuffle, activation: .silu, bias: false, factor: 4),
  ConnectorConfiguration(kind: .linear), ConnectorConfiguration(kind: .mlp, activation: .geluTanh, bias: false),
])
func `a model with any connector is exported and loaded to the same bits`(connector: ConnectorConfiguration) throws {
  let reference = try Reference("siglip-qwen2")
  var configuration = reference.model.configuration
  configuration.connector = connector
  // New from a seed: a connector of this kind is in no checkpoint yet.
  let model = try VisionLanguageModel(configuration: configuration, store: ParameterStore(sources: [], seed: 4))
  #expect(configuration.imageTokens == 16 / (connector.factor * connector.factor))
  let directory = FileManager.default.temporaryDirectory.appendingPathComponent("connector-\(UUID().uuidString)").path
  defer { try? FileManager.default.removeItem(atPath: directory) }
  try model.export(directory: directory)
  let again = try VisionLanguageModel.load(directory: directory)
  #expect(again.configuration == configuration)
  #expect(again.store.parameters.map(\.name).sorted() == model.store.parameters.map(\.name).sorted())
  let images = [Int32](repeating: configuration.imageToken, count: configuration.imageTokens)
  let tokens = [1, 2] + images + [3, 4, 5]
  var sample = try reference.samples()[0]
  sample.tokens = tokens
  sample.labels = tokens
  let input = ModelInput([sample])
  let rows = (0..<Int32(tokens.count)).map { $0 }
  let (before, after) = (try model.logits(input, rows: rows).array, try again.logits(input, rows: rows).array)
  #expect(before.map(\.bitPattern) == after.map(\.bitPattern))
  #expect(before.contains { $0 != 0 } && before.allSatisfy { $0.isFinite })
}

@Test(arguments: ["default", "theta", "linear", "llama3"])
func `rotary frequencies equal those of transformers`(name: String) throws {
  var rope = RotaryConfiguration()
  switch name {
  case "theta": rope.theta = 1_000_000
  case "linear":
    rope.kind = .linear
    rope.factor = 4
  case "llama3":
    rope.kind = .llama3
    rope.theta = 500_000
    rope.factor = 8
  default: break
  }
  let expected = try golden().tensor("rotary." + name).array
  let found = rope.inverseFrequencies(headDim: 64)
  #expect(found.count == expected.count)
  // A unit or two in the last place: at position 100,000 that is an angle of a hundredth.
  #expect(zip(found, expected).allSatisfy { abs($0 - $1) <= 2.5e-7 * $1 })
}
