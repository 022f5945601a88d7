/// In which type the operands of matrix products are.
public enum ProductPrecision: String, Sendable, CaseIterable {
  /// Single precision throughout.
  case fp32
  /// bf16 operands with single-precision sums and results. Values that are kept stay in single precision.
  case bf16
}
