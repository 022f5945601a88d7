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

  /// The largest instruction set that it generates code for here, such as "avx512_core_bf16".
  public static var instructionSet: String {
    let names = [
      (dnnl_cpu_isa_avx512_core_amx, "avx512_core_amx"), (dnnl_cpu_isa_avx512_core_bf16, "avx512_core_bf16"),
      (dnnl_cpu_isa_avx512_core_vnni, "avx512_core_vnni"), (dnnl_cpu_isa_avx512_core, "avx512_core"),
      (dnnl_cpu_isa_avx2_vnni, "avx2_vnni"), (dnnl_cpu_isa_avx2, "avx2"), (dnnl_cpu_isa_avx, "avx"),
      (dnnl_cpu_isa_sse41, "sse41"),
    ]
    let found = dnnl_get_effective_cpu_isa()
    return names.first { $0.0 == found }?.1 ?? "number \(found.rawValue)"
  }

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
