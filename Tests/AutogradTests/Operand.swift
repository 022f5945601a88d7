import Tensors

/// The shape and the values of an input or a parameter of an `OperationCase`.
struct Operand: Sendable {
  let shape: [Int]
  /// Values lie in ±1.05 · scale.
  let scale: Float
  /// Data needs no gradient: pixels.
  let isData: Bool

  init(_ shape: [Int], scale: Float = 1, isData: Bool = false) {
    self.shape = shape
    self.scale = scale
    self.isData = isData
  }

  /// Values drawn from a name. None is nearer to zero than 0.05 · scale, so that finite differences do not step over
  /// ReLU's kink.
  func values(_ name: String) -> [Float] {
    var random = RandomStream(RandomStream.key(name))
    return (0..<shape.reduce(1, *)).map { _ in
      let uniform = Float(random.next() >> 40) * 0x1p-23 - 1
      return (uniform < 0 ? uniform - 0.05 : uniform + 0.05) * scale
    }
  }
}
