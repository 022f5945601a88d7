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
/// threads the rows or the columns of C are dealt out, so each element is summed in the same order on any number of them.
public func matrixProduct(
  _ a: UnsafePointer<Float>, _ orientationA: Orientation = .plain, lda: Int,
  _ b: UnsafePointer<Float>, _ orientationB: Orientation = .plain, ldb: Int,
  into c: UnsafeMutablePointer<Float>, ldc: Int, m: Int, n: Int, k: Int, alpha: Float = 1, beta: Float = 0
) {
  // Below about a megaflop a second thread costs more than it brings.
  let worth = m * n * k >= 1 << 18
  if m >= n {
    parallel(m, grain: worth ? 32 : max(m, 1)) { rows in
      let start = orientationA == .plain ? rows.lowerBound * lda : rows.lowerBound
      matrixProductOnThisThread(
        a + start, orientationA, lda: lda, b, orientationB, ldb: ldb, into: c + rows.lowerBound * ldc, ldc: ldc,
        m: rows.count, n: n, k: k, alpha: alpha, beta: beta)
    }
  } else {
    parallel(n, grain: worth ? 32 : max(n, 1)) { columns in
      let start = orientationB == .plain ? columns.lowerBound : columns.lowerBound * ldb
      matrixProductOnThisThread(
        a, orientationA, lda: lda, b + start, orientationB, ldb: ldb, into: c + columns.lowerBound, ldc: ldc,
        m: m, n: columns.count, k: k, alpha: alpha, beta: beta)
    }
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
