import Kernels
import Tensors

/// The gradients of the walk that are known and not yet used up, by slot.
struct Gradients {
  private var values: [Tensor?]

  init(count: Int) { values = [Tensor?](repeating: nil, count: count) }

  /// Hands out the gradient of a slot and forgets it.
  mutating func take(_ slot: Int) -> Tensor? {
    let value = values[slot]
    values[slot] = nil
    return value
  }

  /// Adds `gradient` to what the slot has.
  mutating func add(_ gradient: Tensor, to slot: Int?) {
    guard let slot else { return }
    guard var sum = take(slot) else {
      values[slot] = gradient
      return
    }
    accumulate(gradient, into: &sum)
    values[slot] = sum
  }

  /// Lets `body` write the gradient of a slot in place: with beta 0 into new memory, or with beta 1 onto what is there.
  mutating func write(_ slot: Int?, shape: [Int], _ body: (_ target: UnsafeMutablePointer<Float>, _ beta: Float) -> Void) {
    guard let slot else { return }
    if var sum = take(slot) {
      body(sum.mutablePointer(), 1)
      values[slot] = sum
    } else {
      let fresh = Tensor(uninitialized: shape)
      body(fresh.sharedPointer, 0)
      values[slot] = fresh
    }
  }

  /// Lets a norm's backward take over the gradient that came along the residual path and return the sum.
  mutating func combine(_ slot: Int?, _ body: (_ residual: Tensor?) -> Tensor) {
    guard let slot else { return }
    values[slot] = body(take(slot))
  }

  private func accumulate(_ source: Tensor, into sum: inout Tensor) {
    Kernels.accumulate(source.pointer, count: source.count, into: sum.mutablePointer())
  }
}
