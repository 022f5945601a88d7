/// A named array of floats to be saved: a parameter, or a state of the optimizer.
///
/// The memory belongs to the caller and must not change while `writeShard` runs.
public struct CheckpointTensor {
  public let name: String
  public let pointer: UnsafePointer<Float>
  /// Number of elements, the product of `shape`.
  public let count: Int
  public let shape: [Int]

  public init(name: String, pointer: UnsafePointer<Float>, count: Int, shape: [Int]) {
    self.name = name
    self.pointer = pointer
    self.count = count
    self.shape = shape
  }

  /// Name and shape, as the manifest keeps them.
  public var descriptor: CheckpointTensorDescriptor { CheckpointTensorDescriptor(name: name, shape: shape) }
}

/// Name and shape of a saved array.
public struct CheckpointTensorDescriptor: Equatable, Sendable, Codable {
  public let name: String
  public let shape: [Int]

  public init(name: String, shape: [Int]) {
    self.name = name
    self.shape = shape
  }

  /// Number of elements; nil if the shape is negative somewhere or its product overflows.
  var count: Int? {
    var count = 1
    for dimension in shape {
      let (product, overflow) = count.multipliedReportingOverflow(by: dimension)
      if dimension < 0 || overflow { return nil }
      count = product
    }
    return count
  }
}
