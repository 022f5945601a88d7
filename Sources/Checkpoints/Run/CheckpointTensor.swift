/// A named array of floats to be saved, as a whole: a parameter, or a state of the optimizer. The memory belongs to the
/// caller.
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

/// Consecutive elements of a named array: what one rank is responsible for.
///
/// Unchecked: the memory belongs to the caller and must not change, or go, while a shard is written from it.
public struct CheckpointPiece: @unchecked Sendable {
  public let tensor: String
  /// First element, counted within the array.
  public let first: Int
  public let count: Int
  /// Where element `first` is.
  public let pointer: UnsafePointer<Float>

  public init(tensor: String, first: Int, count: Int, pointer: UnsafePointer<Float>) {
    self.tensor = tensor
    self.first = first
    self.count = count
    self.pointer = pointer
  }
}

extension CheckpointTensor {
  /// The part of `rank` in arrays that every rank has: all of them, end to end, are one index space, of which rank r of
  /// P takes the elements from total * r / P up to total * (r + 1) / P.
  public static func share(of tensors: [CheckpointTensor], rank: Int, ranks: Int) -> [CheckpointPiece] {
    precondition(ranks > 0 && rank >= 0 && rank < ranks, "share: rank \(rank) of \(ranks)")
    let total = tensors.reduce(0) { $0 + $1.count }
    // Without overflow.
    func bound(_ rank: Int) -> Int { total / ranks * rank + total % ranks * rank / ranks }
    var result: [CheckpointPiece] = []
    var start = 0
    for tensor in tensors {
      let first = max(bound(rank) - start, 0)
      let end = min(bound(rank + 1) - start, tensor.count)
      if first < end {
        result.append(
          CheckpointPiece(
            tensor: tensor.name, first: first, count: end - first, pointer: tensor.pointer + first))
      }
      start += tensor.count
    }
    return result
  }
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
