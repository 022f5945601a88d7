import Kernels
import Tensors

/// Where the gradients of a micro-batch are added up: one flat buffer for all parameters that train.
///
/// The buffer changes from micro-batch to micro-batch (the summation tree decides which one is filled), so parameters
/// hold this object and their offset, never an address.
public final class GradientBuffer {
  /// First float of the buffer being filled; nil while no backward pass may run.
  public var base: UnsafeMutablePointer<Float>?

  public init() {}
}

/// A named tensor of a model, with the Hugging Face key as its name.
public final class Parameter {
  public let name: String
  public let shape: [Int]
  /// The current value; a window into the stage's flat buffer while the parameter trains.
  public var value: Tensor { didSet { valueChanged() } }
  /// In which precision products with it are computed.
  public var precision = ProductPrecision.fp32
  private var rounded: BFloat16Tensor?
  /// Whether the running stage changes it. Operations look at this: a frozen parameter costs no gradient.
  public private(set) var isTrainable = false
  /// Where its gradient begins in the flat buffer, in floats.
  public private(set) var gradientOffset = 0
  private var buffer: GradientBuffer?
  /// Where the gradients of looked-up rows go; nil: to the others.
  private(set) var lookups: LookupGradient?
  /// Records on the tape that will still add to the gradient: zero means it is final.
  var pendingUses = 0

  public init(name: String, value: Tensor) {
    self.name = name
    self.shape = value.shape
    self.value = value
  }

  public var count: Int { value.count }

  /// To be called by whoever writes into the value's memory: what was derived from it is made again.
  public func valueChanged() { rounded = nil }

  /// The value rounded to bf16 as a matrix [first axis, all others]; made once until it changes.
  func bfloat16() -> BFloat16Tensor {
    if let rounded { return rounded }
    let made = BFloat16Tensor(rounding: value).reshaped([shape[0], count / shape[0]])
    rounded = made
    return made
  }

  /// From now on gradients go to `buffer` at `offset`; those of looked-up rows to `lookups`, if that is given. The table's
  /// own gradient is final then without them.
  public func train(into buffer: GradientBuffer, offset: Int, lookups: LookupGradient? = nil) {
    isTrainable = true
    self.lookups = lookups
    self.buffer = buffer
    gradientOffset = offset
  }

  /// From now on the value stays as it is.
  public func freeze() {
    isTrainable = false
    buffer = nil
    lookups = nil
    gradientOffset = 0
  }

  /// Where an operation adds its share of the gradient; nil if the parameter is frozen.
  var gradient: UnsafeMutablePointer<Float>? {
    guard isTrainable, let base = buffer?.base else { return nil }
    return base + gradientOffset
  }
}
