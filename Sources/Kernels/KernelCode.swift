import CIntrinsics

/// How this program's own kernels came to be: what decides the last bits of their results beside the operands.
public enum KernelCode {
  /// The instruction sets that they are in, such as "AVX2 and FMA, attention in AVX-512". Sums are in other lanes with
  /// another.
  public static var instructionSet: String {
    String(cString: intrinsics_instruction_set()) + (OneDNN.hasAVX512 ? ", attention in AVX-512" : "")
  }

  /// Version of the C library, whose logarithms and cosines they use, such as "2.36".
  public static var cLibrary: String { String(cString: intrinsics_c_library()) }
}
