import Profiling

/// A contiguous, row-major array of bf16 values: the upper halves of floats, rounded to nearest even.
///
/// It holds operands of products only: weights while they do not change, activations kept for the backward pass.
/// Everything else of a computation is `Tensor`.
public struct BFloat16Tensor {
  public let shape: [Int]
  public let count: Int
  private let storage: Storage

  /// `tensor` rounded to bf16.
  public init(rounding tensor: Tensor) {
    self.init(rounding: tensor.pointer, shape: tensor.shape)
    withExtendedLifetime(tensor) {}
  }

  /// The floats at `source` rounded to bf16, under `shape`.
  public init(rounding source: UnsafePointer<Float>, shape: [Int]) {
    let span = Profile.operation("bf16 rounding")
    defer { span.end() }
    self.shape = shape
    count = shape.reduce(1, *)
    storage = Storage(count: (count + 1) / 2)
    let target = UnsafeMutableRawPointer(storage.base).assumingMemoryBound(to: UInt16.self)
    parallel(count, grain: 1 << 15) { range in
      for i in range { target[i] = Self.rounded(source[i]) }
    }
  }

  /// First value, for reading. Valid while this tensor is alive.
  public var pointer: UnsafePointer<UInt16> {
    UnsafePointer(UnsafeMutableRawPointer(storage.base).assumingMemoryBound(to: UInt16.self))
  }

  /// The same values under another shape of the same count.
  public func reshaped(_ shape: [Int]) -> BFloat16Tensor { BFloat16Tensor(self, shape: shape) }

  private init(_ other: BFloat16Tensor, shape: [Int]) {
    precondition(shape.reduce(1, *) == other.count, "reshaped: \(other.shape) to \(shape)")
    self.shape = shape
    count = other.count
    storage = other.storage
  }

  /// The values as they are stored.
  public var bits: [UInt16] {
    withExtendedLifetime(storage) { Array(UnsafeBufferPointer(start: pointer, count: count)) }
  }

  /// The values in single precision.
  public var floats: [Float] {
    withExtendedLifetime(storage) { (0..<count).map { Float(bitPattern: UInt32(pointer[$0]) << 16) } }
  }

  /// Nearest, ties to even. Infinities stay; a NaN stays one, because its quiet bit lies in the upper half.
  @inline(__always)
  static func rounded(_ value: Float) -> UInt16 {
    let bits = value.bitPattern
    let up = bits &+ 0x7FFF &+ ((bits &>> 16) & 1)
    // A NaN's mantissa must not be carried into the exponent.
    return UInt16(truncatingIfNeeded: (value == value ? up : bits | 0x0040_0000) &>> 16)
  }
}
