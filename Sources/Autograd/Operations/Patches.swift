import Kernels
import Tensors

extension Variable {
  /// Images cut into patches: pixels [B, C, H, W] -> [B·P, C·p·p]. Pixels are data, so no gradient goes through.
  public static func patches(_ pixels: Variable, patch: Int) -> Variable {
    precondition(pixels.slot == nil, "patches: gradients with respect to pixels are not computed")
    return Variable(Kernels.patches(pixels.value, patch: patch), tape: pixels.tape, slot: nil)
  }
}
