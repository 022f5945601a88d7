import Autograd
import Models
import Tensors

/// One sample of a batch, to be packed with others.
struct Sample {
  var tokens: [Int32]
  var labels: [Int32]
  /// Pixels of its images, [B, 3, H, W]; nil in a sample of text.
  var pixels: Tensor?
}

extension ModelInput {
  /// Samples laid one behind the other.
  init(_ samples: [Sample]) {
    var starts = [0]
    for sample in samples { starts.append(starts[starts.count - 1] + sample.tokens.count) }
    let pictures = samples.compactMap(\.pixels)
    let pixels = pictures.first.map { first in
      Tensor(
        pictures.flatMap(\.array), shape: [pictures.reduce(0) { $0 + $1.shape[0] }] + first.shape.dropFirst())
    }
    self.init(
      tokens: samples.flatMap(\.tokens), starts: starts, labels: samples.flatMap(\.labels), pixels: pixels)
  }
}

extension Reference {
  /// The two samples of the reference batch, each with its picture, the second shorter than the first, and a text.
  func samples() throws -> [Sample] {
    let length = input.starts[1]
    let pixels = try file.tensor("pixel_values")
    let picture = pixels.count / 2
    let both = (0..<2).map { index in
      let range = index * length..<(index + 1) * length - 2 * index
      return Sample(
        tokens: Array(input.tokens[range]), labels: Array(input.labels[range]),
        pixels: Tensor(
          Array(pixels.array[index * picture..<(index + 1) * picture]), shape: [1] + pixels.shape.dropFirst()))
    }
    let text: [Int32] = [5, 9, 2, 33, 60, 9, 1]
    return both + [Sample(tokens: text, labels: [-100, -100, 2, 33, -100, 9, 1], pixels: nil)]
  }

  /// The gradient of every parameter for the sum of the losses, by name; everything trains.
  func gradients(_ input: ModelInput, _ activations: ActivationMemory = .keep) throws -> [String: [Float]] {
    let (_, flat) = trainAll()
    defer {
      for parameter in model.store.parameters { parameter.freeze() }
      flat.deallocate()
    }
    let tape = Tape(activations)
    _ = try model.losses(input, on: tape)
    tape.backward()
    return Dictionary(
      uniqueKeysWithValues: model.store.parameters.map { parameter in
        (parameter.name, (0..<parameter.count).map { flat[parameter.gradientOffset + $0] })
      })
  }
}
