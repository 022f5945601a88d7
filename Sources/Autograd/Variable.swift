import Tensors

/// A tensor in a computation: its value, and where its gradient will be if somebody upstream trains.
///
/// `Variable(tensor)` has no tape and records nothing: that is inference, and there is no mode to switch.
public struct Variable {
  public let value: Tensor
  let tape: Tape?
  /// Number of its gradient on the tape; nil if no gradient is needed.
  public let slot: Int?
  /// What records keep of the value.
  let kept: KeptValue

  public init(_ value: Tensor) { self.init(value, tape: nil, slot: nil) }

  init(_ value: Tensor, tape: Tape?, slot: Int?, remake: (() -> Tensor)? = nil) {
    self.value = value
    self.tape = tape
    self.slot = slot
    kept = KeptValue(value, remake: remake)
  }

  public var shape: [Int] { value.shape }

  /// The value rounded to bf16; made once, however many products take it.
  func bfloat16() -> BFloat16Tensor { kept.bfloat16(of: value) }

  /// Whether an operation on these has anything to record.
  static func needsGradient(_ inputs: [Variable], _ parameters: [Parameter]) -> Tape? {
    guard let tape = inputs.lazy.compactMap(\.tape).first else { return nil }
    return inputs.contains { $0.slot != nil } || parameters.contains { $0.isTrainable } ? tape : nil
  }

  /// The result of an operation. `backward` gets the gradient of `value` and adds to those of the inputs; it is kept only
  /// if an input needs a gradient or a parameter trains. `remake`: for a result that is cheap to compute, how to do it
  /// again to the bit from what `backward` holds anyway; operations that need it then hold no copy.
  static func record(
    _ value: Tensor, inputs: [Variable], parameters: [Parameter] = [], remake: (() -> Tensor)? = nil,
    backward: @escaping (Tensor, inout Gradients) -> Void
  ) -> Variable {
    guard let tape = needsGradient(inputs, parameters) else {
      return Variable(value, tape: inputs.lazy.compactMap(\.tape).first, slot: nil)
    }
    let slot = tape.append { slot in
      Tape.Record(output: slot, parameters: parameters.filter(\.isTrainable)) { dy, gradients in
        if let dy { backward(dy, &gradients) }
      }
    }
    return Variable(value, tape: tape, slot: slot, remake: remake)
  }
}
