extension Tensor {
  /// bf16 values in single precision, the parts one behind the other.
  public init(bfloat16 parts: [[UInt16]], shape: [Int]) {
    self.init(uninitialized: shape)
    precondition(parts.reduce(0) { $0 + $1.count } == count, "Tensor: \(parts.map(\.count)) values for shape \(shape)")
    var target = sharedPointer
    for part in parts {
      part.withUnsafeBufferPointer { source in
        for i in source.indices { target[i] = Float(bitPattern: UInt32(source[i]) << 16) }
      }
      target += part.count
    }
  }
}
