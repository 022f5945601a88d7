import Tensors

/// What of a layer stays in memory between the forward and the backward pass.
public enum ActivationMemory: String, Sendable, CaseIterable {
  /// What its gradients need.
  case keep
  /// Its input alone; the layer is computed a second time when the walk comes to it, with the same bits.
  case recompute
}

extension Variable {
  /// `body(self)`, a layer of a model with these `parameters`, which recomputes its activations if the tape says so.
  ///
  /// `body` depends on nothing that changes between forward and backward pass.
  public func layer(_ parameters: [Parameter], _ body: @escaping (Variable) -> Variable) -> Variable {
    guard let tape, tape.activations == .recompute, Variable.needsGradient([self], parameters) != nil else {
      return body(self)
    }
    let (x, slot) = (value, slot)
    return .record(body(Variable(x)).value, inputs: [self], parameters: parameters) { dy, gradients in
      let inner = Tape()
      let input = slot == nil ? inner.constant(x) : inner.input(x)
      guard let output = body(input).slot else { preconditionFailure("layer: its output needs no gradient now") }
      let found = inner.backward(seeds: [output: dy], keeping: input.slot.map { [$0] } ?? [])
      if let gradient = input.slot.flatMap({ found[$0] }) { gradients.add(gradient, to: slot) }
    }
  }
}
