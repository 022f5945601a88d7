import Tensors

// Letters: M rows and N columns of the result, K summed over. All matrices row-major.

/// `C = op(A) · op(B) (+ C)` with bf16 operands and single-precision sums: op(A) is [M, K], op(B) is [K, N], C is [M, N].
///
/// `lda`, `ldb`, `ldc` are the distances between rows in memory. The longer side of C is cut into pieces that depend on
/// its length alone, so that each element is summed in the same order on any number of threads.
func matrixProduct(
  _ a: UnsafePointer<UInt16>, _ orientationA: Orientation = .plain, lda: Int,
  _ b: UnsafePointer<UInt16>, _ orientationB: Orientation = .plain, ldb: Int,
  into c: UnsafeMutablePointer<Float>, ldc: Int, m: Int, n: Int, k: Int, accumulates: Bool
) {
  guard m > 0, n > 0 else { return }
  let (aRow, aColumn) = orientationA == .plain ? (lda, 1) : (1, lda)
  let (bRow, bColumn) = orientationB == .plain ? (ldb, 1) : (1, ldb)
  let byRows = m >= n
  let side = byRows ? m : n
  let piece = pieceLength(side)
  parallel((side + piece - 1) / piece) { pieces in
    for index in pieces {
      let (start, count) = (index * piece, min(piece, side - index * piece))
      let product = BFloat16Product.of(
        BFloat16ProductShape(
          m: byRows ? count : m, n: byRows ? n : count, k: k, aRow: aRow, aColumn: aColumn, bRow: bRow,
          bColumn: bColumn, cRow: ldc, accumulates: accumulates))
      if byRows {
        product(a + start * aRow, b, into: c + start * ldc)
      } else {
        product(a, b + start * bColumn, into: c + start)
      }
    }
  }
}

/// An even number of pieces of at most 1024, in whole cache lines; short sides stay whole.
private func pieceLength(_ side: Int) -> Int {
  guard side > 256 else { return side }
  let pieces = 2 * ((side + 2047) / 2048)
  return ((side + pieces - 1) / pieces + 31) / 32 * 32
}
