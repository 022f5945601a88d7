import Tensors

/// How a parameter that comes from no checkpoint begins.
public enum Initialization: Sendable, Equatable {
  case zeros
  case ones
  /// Normal with this standard deviation (`initializer_range` of Hugging Face configurations).
  case normal(Float)
  /// Normal with deviation 1/√(inputs), for layers of any width: keeps the scale of activations from layer to layer.
  case fanIn

  /// Values for `shape`, drawn from a stream of the seed and the parameter's name: adding a layer changes no other.
  func tensor(shape: [Int], name: String, seed: UInt64) -> Tensor {
    var random = RandomStream(seed, RandomStream.key(name))
    switch self {
    case .zeros: return Tensor(repeating: 0, shape: shape)
    case .ones: return Tensor(repeating: 1, shape: shape)
    case .normal(let deviation): return random.normalTensor(shape, deviation: deviation)
    case .fanIn:
      let inputs = max(1, shape.dropFirst().reduce(1, *))
      return random.normalTensor(shape, deviation: 1 / Float(inputs).squareRoot())
    }
  }
}
