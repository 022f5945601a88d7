import Kernels
import Tensors

extension Variable {
  /// The language-model head and its loss on supervised positions: self [S, D], weight [V, D], labels [S] ->
  /// negative log-likelihood of each position.
  ///
  /// This ends a tape: the walk begins here, with gradient 1 for every position. The mean over the global batch is taken
  /// later, where the gradient is used. `correct` tells where the label has the largest logit.
  public func headLosses(_ weight: Parameter, labels: [Int32]) -> (losses: [Float], correct: [Bool]) {
    let tape = Variable.needsGradient([self], [weight])
    let loss = headCrossEntropy(
      value, weight: weight.value, rounded: weight.precision == .bf16 ? weight.bfloat16() : nil, labels: labels,
      wantsInputGradient: tape != nil && slot != nil,
      dWeight: tape == nil ? nil : weight.gradient)
    if let tape {
      let slot = slot
      _ = tape.append { _ in
        Tape.Record(output: nil, parameters: weight.isTrainable ? [weight] : []) { _, gradients in
          if let dHidden = loss.dHidden { gradients.add(dHidden, to: slot) }
        }
      }
    }
    return (loss.losses, loss.correct)
  }
}
