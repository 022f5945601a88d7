import Tensors

// Letters: M rows and N columns of the result, K summed over. All matrices row-major.

/// A product of oneDNN, cut into pieces for threads: `C = op(A) · op(B) (+ C) (+ bias)`.
///
/// The longer side of C is cut, or with a bias its rows: oneDNN then adds it in registers, where products of few columns
/// take another pass for it. Pieces depend on the length of the side alone, so that each element is summed in the same
/// order on any number of threads.
struct ProductPieces {
  private let whole: OneDNNProductShape

  /// `lda`, `ldb`, `ldc`: distances between rows in memory.
  init(
    operands: ProductPrecision, m: Int, n: Int, k: Int, _ orientationA: Orientation, lda: Int,
    _ orientationB: Orientation, ldb: Int, ldc: Int, accumulates: Bool,
    hasBias: Bool
  ) {
    let (aRow, aColumn) = orientationA == .plain ? (lda, 1) : (1, lda)
    let (bRow, bColumn) = orientationB == .plain ? (ldb, 1) : (1, ldb)
    whole = OneDNNProductShape(
      operands: operands, m: m, n: n, k: k, aRow: aRow, aColumn: aColumn, bRow: bRow, bColumn: bColumn, cRow: ldc,
      accumulates: accumulates, hasBias: hasBias)
  }

  /// Computes it on up to `Threads.count` threads. `bias`: for each column, where the product has one.
  func run(
    _ a: UnsafeRawPointer, _ b: UnsafeRawPointer, elementBytes: Int, bias: UnsafePointer<Float>?,
    into c: UnsafeMutablePointer<Float>
  ) {
    guard whole.m > 0, whole.n > 0 else { return }
    let byRows = whole.m >= whole.n || (whole.hasBias && whole.m > Self.shortest)
    let side = byRows ? whole.m : whole.n
    let piece = Self.length(side, inWhole: byRows ? 8 : 32)
    parallel((side + piece - 1) / piece) { pieces in
      for index in pieces {
        let start = index * piece
        var shape = whole
        if byRows { shape.m = min(piece, side - start) } else { shape.n = min(piece, side - start) }
        let product = OneDNNProduct.of(shape)
        if byRows {
          product(a + start * whole.aRow * elementBytes, b, bias: bias, into: c + start * whole.cRow)
        } else {
          product(a, b + start * whole.bColumn * elementBytes, bias: bias.map { $0 + start }, into: c + start)
        }
      }
    }
  }

  /// Sides up to here stay whole.
  private static let shortest = 256

  /// An even number of pieces of at most 1024, in whole multiples of `unit`; short sides stay whole.
  ///
  /// Columns are cut in whole cache lines. Rows need no such thing, and pieces of one length keep two threads busy.
  private static func length(_ side: Int, inWhole unit: Int) -> Int {
    guard side > shortest else { return side }
    let pieces = 2 * ((side + 2047) / 2048)
    return ((side + pieces - 1) / pieces + unit - 1) / unit * unit
  }
}
