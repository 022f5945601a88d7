import Autograd
import Checkpoints
import Foundation
import Kernels
import Layers
import Models
import Pretrained
import Tensors
import Testing

/// Reference values of transformers, written by Golden/make_golden.py.
struct Reference {
  let model: VisionLanguageModel
  let file: SafetensorsFile
  let input: ModelInput

  init(_ name: String) throws {
    let own = Bundle.module.path(forResource: "Golden/\(name)", ofType: nil)
    let directory = try #require(name.hasPrefix("/") ? name : own)
    model = try VisionLanguageModel.load(directory: directory)
    file = try SafetensorsFile(path: directory + "/reference.safetensors")
    let shape = try #require(file.entry("input_ids")).shape
    input = ModelInput(
      tokens: try file.integers("input_ids").map { Int32($0) }, starts: (0...shape[0]).map { $0 * shape[1] },
      labels: try file.integers("labels").map { Int32($0) },
      pixels: file.entry("pixel_values") == nil ? nil : try file.tensor("pixel_values"))
  }

  /// Makes every parameter trainable in one flat buffer and returns it.
  func trainAll() -> (buffer: GradientBuffer, gradients: UnsafeMutableBufferPointer<Float>) {
    let total = model.store.parameters.reduce(0) { $0 + $1.count }
    let gradients = UnsafeMutableBufferPointer<Float>.allocate(capacity: total)
    gradients.initialize(repeating: 0)
    let buffer = GradientBuffer()
    buffer.base = gradients.baseAddress
    var offset = 0
    for parameter in model.store.parameters {
      parameter.train(into: buffer, offset: offset)
      offset += parameter.count
    }
    return (buffer, gradients)
  }
}

/// Largest difference over largest magnitude.
func relativeError(_ a: [Float], _ b: [Float]) -> Float {
  let scale = max(b.map(abs).max() ?? 0, 1e-12)
  return zip(a, b).map { abs($0 - $1) }.max().map { $0 / scale } ?? .infinity
}

/// Our own, and directories of larger models that Golden/make_reference.py was run on.
let referenceModels =
  ["siglip-qwen2", "clip-llama"]
  + (ProcessInfo.processInfo.environment["VLM_DIST_REFERENCES"] ?? "").split(separator: ":").map(String.init)

@Test(arguments: referenceModels)
func `logits equal those of transformers`(name: String) throws {
  let reference = try Reference(name)
  let length = reference.input.starts[1]
  let logits = try reference.model.logits(reference.input, rows: (0..<Int32(length)).map { $0 })
  let expected = try reference.file.tensor("logits").array
  #expect(logits.count == expected.count)
  #expect(relativeError(logits.array, expected) < 1e-4)
}

@Test(arguments: referenceModels)
func `loss and the gradient of every parameter equal those of transformers`(name: String) throws {
  let reference = try Reference(name)
  let (_, gradients) = reference.trainAll()
  defer { gradients.deallocate() }
  let tape = Tape()
  let losses = try reference.model.losses(reference.input, on: tape)
  var ready: [String] = []
  tape.backward { ready.append($0.name) }
  let mean = losses.reduce(0, +) / Float(losses.count)
  #expect(abs(mean - (try reference.file.tensor("loss").array[0])) < 1e-5)
  var compared = 0
  for parameter in reference.model.store.parameters {
    let found = gradients[parameter.gradientOffset..<parameter.gradientOffset + parameter.count]
      .map { $0 / Float(losses.count) }
    guard reference.file.entry("gradient." + parameter.name) != nil else {
      // What the loss does not depend on (layers behind the feature layer, the pooling norm) gets exactly nothing.
      #expect(found.allSatisfy { $0 == 0 }, "\(parameter.name) should have no gradient")
      continue
    }
    compared += 1
    let expected = try reference.file.tensor("gradient." + parameter.name).array
    // In a tower without rotary positions the bias of keys cancels in the softmax: its true gradient is zero, and both
    // sides hold rounding noise.
    if parameter.name.hasPrefix("vision_tower."), parameter.name.hasSuffix("k_proj.bias") {
      #expect(found.allSatisfy { abs($0) < 1e-6 })
    } else {
      #expect(relativeError(found, expected) < 1e-3, "\(parameter.name)")
    }
    #expect(ready.contains(parameter.name), "\(parameter.name) was never announced as final")
  }
  #expect(compared > 60)
  #expect(Set(ready).count == ready.count)
}

@Test(arguments: referenceModels)
func `ten AdamW steps have the losses of PyTorch`(name: String) throws {
  let reference = try Reference(name)
  let (_, gradients) = reference.trainAll()
  defer { gradients.deallocate() }
  let base = try #require(gradients.baseAddress)
  let expected = try reference.file.tensor("losses").array
  let learningRate = try reference.file.tensor("learning_rate").array[0]
  var m = [Float](repeating: 0, count: gradients.count)
  var v = m
  for step in 0..<10 {
    gradients.update(repeating: 0)
    let tape = Tape()
    let losses = try reference.model.losses(reference.input, on: tape)
    tape.backward()
    let mean = losses.reduce(0, +) / Float(losses.count)
    #expect(abs(mean - expected[step]) < 1e-4, "step \(step)")
    let norm = Float(sumOfSquares(base, count: gradients.count).squareRoot()) / Float(losses.count)
    let scale = min(1, 1 / (norm + 1e-6)) / Float(losses.count)
    for parameter in reference.model.store.parameters
    where reference.file.entry("gradient." + parameter.name) != nil {
      let at = parameter.gradientOffset
      var value = parameter.value
      m.withUnsafeMutableBufferPointer { m in
        v.withUnsafeMutableBufferPointer { v in
          adamW(
            value.mutablePointer(), gradient: base + at, m: m.baseAddress! + at, v: v.baseAddress! + at,
            count: parameter.count, gradientScale: scale,
            step: AdamWStep(
              learningRate: learningRate, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.01, time: step + 1))
        }
      }
      parameter.value = value
    }
  }
}

@Test(arguments: referenceModels)
func `an exported model loads to the same values`(name: String) throws {
  let reference = try Reference(name)
  let directory = FileManager.default.temporaryDirectory.appendingPathComponent("export-\(name)-\(UUID().uuidString)")
    .path
  defer { try? FileManager.default.removeItem(atPath: directory) }
  try reference.model.export(directory: directory)
  let again = try VisionLanguageModel.load(directory: directory)
  #expect(again.configuration == reference.model.configuration)
  #expect(again.store.parameters.map(\.name).sorted() == reference.model.store.parameters.map(\.name).sorted())
  for parameter in reference.model.store.parameters {
    #expect(again.store[parameter.name]?.value.array == parameter.value.array)
  }
}

@Test func `placeholders without their image are an error that names the sample`() throws {
  let reference = try Reference("siglip-qwen2")
  var input = reference.input
  input.tokens[0] = reference.model.configuration.imageToken
  do {
    _ = try reference.model.losses(input, sample: "kitchen-7")
    Issue.record("accepted")
  } catch {
    #expect(error == .imageFeatures(sample: "kitchen-7", placeholders: 33, features: 32))
    #expect("\(error)".hasPrefix("sample kitchen-7: 33 image placeholders in the text but 32 image features"))
  }
}

@Test func `a frozen tower records nothing`() throws {
  let reference = try Reference("siglip-qwen2")
  let tape = Tape()
  _ = try reference.model.losses(reference.input, on: tape)
  #expect(tape.count == 0)
}

@Test func `changing one sample of a batch leaves the others' losses as they were, to the bit`() throws {
  let reference = try Reference("clip-llama")
  let before = try reference.model.losses(reference.input)
  var input = reference.input
  input.tokens[1] = (input.tokens[1] + 1) % 60
  let after = try reference.model.losses(input)
  let half = before.count / 2
  #expect(after[half...].map(\.bitPattern) == before[half...].map(\.bitPattern))
  #expect(after[..<half] != before[..<half])
}
