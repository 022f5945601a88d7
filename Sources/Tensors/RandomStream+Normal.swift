import Glibc

extension RandomStream {
  /// Standard normal (Box-Muller, one of the pair).
  public mutating func normal() -> Float {
    let radius = (-2 * log(1 - uniform())).squareRoot()
    return Float(radius * cos(2 * Double.pi * uniform()))
  }

  /// A tensor of normal values with the given standard deviation.
  public mutating func normalTensor(_ shape: [Int], deviation: Float) -> Tensor {
    Tensor((0..<shape.reduce(1, *)).map { _ in normal() * deviation }, shape: shape)
  }
}
