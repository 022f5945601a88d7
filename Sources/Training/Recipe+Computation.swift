import Autograd
import Communication
import Kernels
import Recipes

extension Recipe {
  /// What the recipe's `precision` comes to on this processor: bf16 only where it has the instructions.
  var productPrecision: ProductPrecision { precision == .bf16 && OneDNN.hasBFloat16 ? .bf16 : .fp32 }

  /// The recipe's `wire`, as the reducer takes it.
  var gradientWire: Communication.GradientWire {
    switch wire {
    case .fp32: .fp32
    case .bf16: .bf16
    }
  }

  /// The recipe's `memory`, as the tape takes it.
  var activations: Autograd.ActivationMemory {
    switch memory {
    case .keep: .keep
    case .recompute: .recompute
    }
  }
}
