// Letters: M rows and N columns of the result, K summed over. All matrices row-major.

/// `C = op(A) · op(B) (+ C) (+ bias)` with bf16 operands and single-precision sums: op(A) is [M, K], op(B) is [K, N], C is
/// [M, N], bias [N].
///
/// `lda`, `ldb`, `ldc` are the distances between rows in memory. The same bits on any number of threads.
func matrixProduct(
  _ a: UnsafePointer<UInt16>, _ orientationA: Orientation = .plain, lda: Int,
  _ b: UnsafePointer<UInt16>, _ orientationB: Orientation = .plain, ldb: Int,
  into c: UnsafeMutablePointer<Float>, ldc: Int, m: Int, n: Int, k: Int, accumulates: Bool,
  bias: UnsafePointer<Float>? = nil
) {
  ProductPieces(
    operands: .bf16, m: m, n: n, k: k, orientationA, lda: lda, orientationB, ldb: ldb, ldc: ldc,
    accumulates: accumulates, hasBias: bias != nil
  ).run(a, b, elementBytes: 2, bias: bias, into: c)
}
