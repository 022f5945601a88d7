import Autograd
import Models
import Tensors
import Testing

@Test(arguments: referenceModels)
func `a packed batch has the losses and the summed gradients of its samples alone`(name: String) throws {
  let reference = try Reference(name)
  let samples = try reference.samples()
  // The text between the pictures, so that the order of images and of samples differ.
  let order = [samples[0], samples[2], samples[1]]
  let packed = try reference.model.losses(ModelInput(order))
  let alone = try order.map { try reference.model.losses(ModelInput([$0])) }
  #expect(alone.map(\.count).min() ?? 0 > 2)
  #expect(packed.count == alone.reduce(0) { $0 + $1.count })
  #expect(zip(packed, alone.flatMap { $0 }).allSatisfy { abs($0 - $1) < 1e-5 })
  let sum = try reference.gradients(ModelInput(order))
  let parts = try order.map { try reference.gradients(ModelInput([$0])) }
  for (parameter, gradient) in sum {
    let expected = gradient.indices.map { index in parts.reduce(Float(0)) { $0 + ($1[parameter]?[index] ?? .nan) } }
    // Near zero on both sides where a bias of keys cancels in the softmax.
    let scale = max(1e-2, gradient.map(abs).max() ?? 0)
    #expect(zip(gradient, expected).allSatisfy { abs($0 - $1) < 1e-4 * scale }, "\(parameter)")
  }
}

@Test(arguments: referenceModels, 0..<3)
func `whatever changes in one sample, the losses of the others keep their bits`(name: String, changed: Int) throws {
  let reference = try Reference(name)
  var samples = try reference.samples()
  let counts = try samples.map { try reference.model.losses(ModelInput([$0])).count }
  let before = try reference.model.losses(ModelInput(samples))
  let image = reference.model.configuration.imageToken
  samples[changed].tokens = samples[changed].tokens.map { $0 == image ? $0 : ($0 + 7) % 60 }
  samples[changed].pixels = samples[changed].pixels.map { Tensor($0.array.map { 1 - $0 }, shape: $0.shape) }
  let after = try reference.model.losses(ModelInput(samples))
  var start = 0
  for (index, count) in counts.enumerated() {
    let (old, new) = (before[start..<start + count], after[start..<start + count])
    if index == changed {
      #expect(zip(old, new).contains { $0 != $1 })
    } else {
      #expect(old.map(\.bitPattern) == new.map(\.bitPattern), "sample \(index)")
    }
    start += count
  }
}

@Test func `a picture alone, without the text around it, changes the losses of its sample`() throws {
  let reference = try Reference("siglip-qwen2")
  var sample = try reference.samples()[0]
  let before = try reference.model.losses(ModelInput([sample]))
  sample.pixels = sample.pixels.map { Tensor(repeating: 0, shape: $0.shape) }
  let after = try reference.model.losses(ModelInput([sample]))
  #expect(zip(before, after).allSatisfy { $0 != $1 })
}

@Test(arguments: referenceModels)
func `a sample in which nothing is supervised adds no loss and no gradient`(name: String) throws {
  let reference = try Reference(name)
  var samples = try reference.samples()
  samples[1].labels = samples[1].labels.map { _ in -100 }
  let with = try reference.gradients(ModelInput([samples[0], samples[1]]))
  let without = try reference.gradients(ModelInput([samples[0]]))
  for (parameter, gradient) in without {
    let scale = max(1e-2, gradient.map(abs).max() ?? 0)
    #expect(zip(gradient, with[parameter] ?? []).allSatisfy { abs($0 - $1) < 1e-5 * scale }, "\(parameter)")
  }
  // And a batch of nothing else is no loss at all, and nothing to walk.
  let tape = Tape()
  let losses = try reference.model.losses(ModelInput([samples[1]]), on: tape)
  #expect(losses.isEmpty)
  #expect(tape.count == 0)
}

@Test func `image features and placeholders that differ are an error with the sample's id`() throws {
  let reference = try Reference("clip-llama")
  let sample = try reference.samples()[0]
  let image = reference.model.configuration.imageToken
  var (missing, twice, cut) = (sample, sample, sample)
  missing.pixels = nil
  twice.pixels = sample.pixels.map { Tensor($0.array + $0.array, shape: [2] + $0.shape.dropFirst()) }
  // What a truncation inside an image leaves.
  cut.tokens.remove(at: cut.tokens.firstIndex(of: image) ?? 0)
  cut.labels.removeFirst()
  for (input, placeholders, features) in [(missing, 9, 0), (twice, 9, 18), (cut, 8, 9)] {
    #expect(throws: ModelError.imageFeatures(sample: "a/b.jpg#3", placeholders: placeholders, features: features)) {
      _ = try reference.model.losses(ModelInput([input]), sample: "a/b.jpg#3")
    }
    #expect(throws: ModelError.imageFeatures(sample: "q", placeholders: placeholders, features: features)) {
      _ = try reference.model.logits(ModelInput([input]), rows: [0], sample: "q")
    }
  }
}
