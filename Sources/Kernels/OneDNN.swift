import COneDNN
import Synchronization
import Tensors

/// The library behind products with bf16 operands, and behind large ones in single precision.
public enum OneDNN {
  /// Whether this processor multiplies bf16 pairs by itself (AVX512_BF16 or AMX). Without it bf16 would be slower than
  /// single precision.
  public static let hasBFloat16: Bool = {
    let needed = dnnl_cpu_isa_avx512_core_bf16.rawValue
    return dnnl_get_effective_cpu_isa().rawValue & needed == needed
  }()

  /// Whether single-precision products are faster here than OpenBLAS's: with AVX-512 by 3 to 10 percent, without it not.
  public static let hasAVX512: Bool = {
    let needed = dnnl_cpu_isa_avx512_core.rawValue
    return dnnl_get_effective_cpu_isa().rawValue & needed == needed
  }()

  /// Version, such as "2.6.3".
  public static var version: String {
    guard let version = dnnl_version()?.pointee else { return "unknown" }
    return "\(version.major).\(version.minor).\(version.patch)"
  }

  // Safe: made once and never changed.
  nonisolated(unsafe) static let engine: dnnl_engine_t? = {
    var engine: dnnl_engine_t?
    check(dnnl_engine_create(&engine, dnnl_cpu, 0))
    // What is dropped from `OneDNNProduct.kept` is to be gone.
    check(dnnl_set_primitive_cache_capacity(0))
    return engine
  }()

  // Safe: an in-order CPU stream has no state; a product runs to its end on the calling thread.
  nonisolated(unsafe) static let stream: dnnl_stream_t? = {
    var stream: dnnl_stream_t?
    check(dnnl_stream_create(&stream, engine, dnnl_stream_default_flags.rawValue))
    return stream
  }()

  static func check(_ status: dnnl_status_t, _ call: StaticString = #function) {
    precondition(status == dnnl_success, "oneDNN: \(call) answered \(status.rawValue)")
  }
}
