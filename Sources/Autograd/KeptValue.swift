import Tensors

/// What the backward pass will have of a value: the value itself, or a way to make it again. Shared by the copies of a
/// variable and by the records that use it, and gone with the last of them.
final class KeptValue {
  private var value: Tensor?
  private let remake: (() -> Tensor)?
  private var rounded: BFloat16Tensor?

  /// With `remake` the value itself is not held.
  init(_ value: Tensor, remake: (() -> Tensor)?) {
    self.value = remake == nil ? value : nil
    self.remake = remake
  }

  /// The value; made at most once.
  func tensor() -> Tensor {
    if let value { return value }
    guard let remake else { preconditionFailure("KeptValue: neither a value nor a way to make it") }
    let made = remake()
    value = made
    return made
  }

  /// The value rounded to bf16; made once, however many products take it.
  func bfloat16(of value: @autoclosure () -> Tensor) -> BFloat16Tensor {
    if let rounded { return rounded }
    let made = BFloat16Tensor(rounding: value())
    rounded = made
    return made
  }
}
