import Autograd
import Kernels
import Tensors

// Letters: N rows, D width.

extension OperationCase {
  /// The operations that move rows about.
  static func rowCases(_ entry: Entry, _ n: Int, _ d: Int) -> [OperationCase] {
    let x = Operand([n, d])
    let two = Operand([2 * n, d])
    let even = stride(from: 0, to: Int32(n), by: 2).map { $0 }
    let picks = [Int32(n - 1), 0, 0, Int32(n / 2)]
    return [
      entry("rows", [x], []) { x, _ in x[0].rows(picks) },
      entry("rowsTwice", [x], []) { x, _ in x[0].rows(picks).swiGLU(up: x[0].rows(picks.reversed())) },
      entry("replacingRows", [x, Operand([even.count, d])], []) { x, _ in x[0].replacingRows(even, with: x[1]) },
      entry("prependingRow", [two], [Operand([d])]) { $0[0].prependingRow($1[0], blockRows: n) },
      entry("addingRows", [two], [x]) { $0[0].addingRows($1[0]) },
      entry("reshaped", [x], []) { x, _ in x[0].reshaped([d, n]) },
      entry("patches", [Operand([2, 3, 2 + n % 5, 3 + d % 7], isData: true)], []) { x, _ in
        Variable.patches(x[0], patch: 2)
      },
      entry("pixelShuffle", [Operand([32, d])], []) { x, _ in
        x[0].rows(pixelShuffleRows(images: 2, side: 4, factor: 2)).reshaped([8, 4 * d])
      },
    ]
  }
}
