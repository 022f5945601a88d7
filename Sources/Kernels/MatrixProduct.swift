import COpenBLAS
import Tensors

// Letters: M rows and N columns of the result, K summed over. All matrices row-major.

/// Whether an operand is read as it lies in memory or transposed.
public enum Orientation {
  case plain, transposed
}

/// `C = alpha · op(A) · op(B) + beta · C`, where op(A) is [M, K], op(B) is [K, N], C is [M, N].
///
/// `lda`, `ldb`, `ldc` are the distances between rows in memory. OpenBLAS computes it on one thread; with several
/// threads the rows or the columns of C are dealt out in blocks, so each element is summed in the same order on any
/// number of them.
public func matrixProduct(
  _ a: UnsafePointer<Float>, _ orientationA: Orientation = .plain, lda: Int,
  _ b: UnsafePointer<Float>, _ orientationB: Orientation = .plain, ldb: Int,
  into c: UnsafeMutablePointer<Float>, ldc: Int, m: Int, n: Int, k: Int, alpha: Float = 1, beta: Float = 0
) {
  if m >= n {
    parallelBlocks(of: m, productsEach: n * k) { rows in
      let start = orientationA == .plain ? rows.lowerBound * lda : rows.lowerBound
      matrixProductOnThisThread(
        a + start, orientationA, lda: lda, b, orientationB, ldb: ldb, into: c + rows.lowerBound * ldc, ldc: ldc,
        m: rows.count, n: n, k: k, alpha: alpha, beta: beta)
    }
  } else {
    parallelBlocks(of: n, productsEach: m * k) { columns in
      let start = orientationB == .plain ? columns.lowerBound : columns.lowerBound * ldb
      matrixProductOnThisThread(
        a, orientationA, lda: lda, b + start, orientationB, ldb: ldb, into: c + columns.lowerBound, ldc: ldc,
        m: m, n: columns.count, k: k, alpha: alpha, beta: beta)
    }
  }
}

/// Rows or columns that no thread boundary divides: whole tiles of every kernel OpenBLAS has.
private let blockLength = 64

/// Multiplications that each thread has at least. OpenBLAS takes small products by other ways, with sums in another
/// order, up to 28 · 512 · 512 of them; a part must not go such a way where the whole would not.
private let smallestPart = 1 << 23

/// Deals out `count` rows or columns, each of `productsEach` multiplications.
private func parallelBlocks(of count: Int, productsEach: Int, _ body: (Range<Int>) -> Void) {
  let blocks = (count + blockLength - 1) / blockLength
  // One block more, because the last one may hold next to nothing.
  let grain = 1 + (smallestPart - 1) / max(1, blockLength * productsEach) + 1
  parallel(blocks, grain: grain) { range in
    body(range.lowerBound * blockLength..<min(count, range.upperBound * blockLength))
  }
}

/// The same, for kernels that deal out their own work: never uses a second thread.
func matrixProductOnThisThread(
  _ a: UnsafePointer<Float>, _ orientationA: Orientation = .plain, lda: Int,
  _ b: UnsafePointer<Float>, _ orientationB: Orientation = .plain, ldb: Int,
  into c: UnsafeMutablePointer<Float>, ldc: Int, m: Int, n: Int, k: Int, alpha: Float = 1, beta: Float = 0
) {
  guard m > 0, n > 0 else { return }
  _ = OpenBLAS.singleThreaded
  cblas_sgemm(
    CblasRowMajor, orientationA == .plain ? CblasNoTrans : CblasTrans,
    orientationB == .plain ? CblasNoTrans : CblasTrans, blasint(m), blasint(n), blasint(k), alpha, a, blasint(lda),
    b, blasint(ldb), beta, c, blasint(ldc))
}

/// The matrix library behind `matrixProduct`.
public enum OpenBLAS {
  /// OpenBLAS's own threads stay off: ours deal out the work, and ranks share the cores.
  static let singleThreaded: Void = openblas_set_num_threads(1)

  /// The processor kernel OpenBLAS chose at run time, such as "SkylakeX" or "Zen".
  public static var core: String { String(cString: openblas_get_corename()) }

  /// Version and build options.
  public static var configuration: String { String(cString: openblas_get_config()) }
}
