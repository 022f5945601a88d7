/// A contiguous, row-major array of floats with a shape and value semantics (copy on write).
///
/// There are no strides, no views and no element types: reshaping is free, transposes are flags of the matrix product,
/// other types exist only at the edges (checkpoint files, token ids). A tensor may be a window into a larger storage:
/// that is how the parameters of a stage lie in one flat buffer.
public struct Tensor {
  public private(set) var storage: Storage
  /// Where in the storage the first element lies.
  public private(set) var offset: Int
  public let shape: [Int]
  /// Number of elements.
  public let count: Int

  /// A new tensor whose elements are not initialised: the caller writes every one of them.
  public init(uninitialized shape: [Int]) {
    self.shape = shape
    count = shape.reduce(1, *)
    storage = Storage(count: count)
    offset = 0
  }

  /// A window of `shape` into `storage`, starting at `offset`.
  public init(_ storage: Storage, offset: Int = 0, shape: [Int]) {
    self.shape = shape
    count = shape.reduce(1, *)
    precondition(
      offset >= 0 && offset + count <= storage.count, "Tensor: window \(offset)+\(shape) of \(storage.count)")
    self.storage = storage
    self.offset = offset
  }

  /// `values` in the given shape.
  public init(_ values: [Float], shape: [Int]) {
    self.init(uninitialized: shape)
    precondition(values.count == count, "Tensor: \(values.count) values for shape \(shape)")
    values.withUnsafeBufferPointer { source in
      if let first = source.baseAddress { storage.base.update(from: first, count: count) }
    }
  }

  /// All elements equal `value`.
  public init(repeating value: Float, shape: [Int]) {
    self.init(uninitialized: shape)
    storage.base.update(repeating: value, count: count)
  }

  /// The same elements under another shape of the same count.
  public func reshaped(_ shape: [Int]) -> Tensor {
    precondition(shape.reduce(1, *) == count, "reshaped: \(self.shape) to \(shape)")
    return Tensor(storage, offset: offset, shape: shape)
  }

  /// Whether shape and elements are the same to the bit.
  public func isIdentical(to other: Tensor) -> Bool {
    guard shape == other.shape else { return false }
    let (a, b) = (pointer, other.pointer)
    return withExtendedLifetime((storage, other.storage)) {
      (0..<count).allSatisfy { a[$0].bitPattern == b[$0].bitPattern }
    }
  }

  /// The elements in order.
  public var array: [Float] {
    withExtendedLifetime(storage) { Array(UnsafeBufferPointer(start: pointer, count: count)) }
  }
}

extension Tensor {
  /// First element, for reading. Valid while this tensor is alive: a caller that holds only the pointer must keep the
  /// tensor (a parameter of the running function is kept by its caller).
  public var pointer: UnsafePointer<Float> { UnsafePointer(storage.base + offset) }

  /// First element, for writing: copies first if the storage is shared.
  public mutating func mutablePointer() -> UnsafeMutablePointer<Float> {
    if !isKnownUniquelyReferenced(&storage) {
      let copy = Storage(count: count)
      copy.base.update(from: storage.base + offset, count: count)
      storage = copy
      offset = 0
    }
    return storage.base + offset
  }

  /// First element, for writing into memory that is shared on purpose: a parameter in its flat buffer, a result that
  /// nobody else has seen yet.
  public var sharedPointer: UnsafeMutablePointer<Float> { storage.base + offset }
}

extension Tensor {
  /// Copies the elements of `other` into this tensor's memory, also where that is shared.
  public func write(_ other: Tensor) {
    precondition(other.count == count, "write: \(other.shape) into \(shape)")
    sharedPointer.update(from: other.pointer, count: count)
  }
}
