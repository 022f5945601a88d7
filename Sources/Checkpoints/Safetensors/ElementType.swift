/// The element types of safetensors files that are read, under the names they have there.
public enum ElementType: String, CaseIterable, Sendable {
  case f32 = "F32"
  case f16 = "F16"
  case bf16 = "BF16"
  case i64 = "I64"
  case i32 = "I32"
  case u8 = "U8"
  case bool = "BOOL"

  /// Bytes of one element.
  public var bytes: Int {
    switch self {
    case .i64: 8
    case .f32, .i32: 4
    case .f16, .bf16: 2
    case .u8, .bool: 1
    }
  }
}
