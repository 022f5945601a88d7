import Autograd
import Kernels
import Tensors

// Letters: N rows, D width, O = D + 2 outputs.

extension OperationCase {
  /// Every operation of `Autograd` at one size; the table of Golden/make_golden.py, entry by entry.
  static func table(_ size: OperationSize) -> [OperationCase] {
    let (n, d) = (size.rows, size.width)
    func entry(
      _ name: String, _ inputs: [Operand], _ parameters: [Operand] = [],
      _ compute: @escaping @Sendable ([Variable], [Parameter]) -> Variable
    ) -> OperationCase {
      OperationCase(name: name, size: size, inputs: inputs, parameters: parameters) { inputs, parameters, _ in
        .variable(compute(inputs, parameters))
      }
    }
    let x = Operand([n, d])
    return linearCases(entry, n, d) + attentionCases(entry, n, d) + rowCases(entry, n, d) + headCases(size)
      + [
        entry("rmsNorm", [x], [Operand([d])]) { $0[0].rmsNorm($1[0], epsilon: 0.1) },
        entry("layerNorm", [x], [Operand([d]), Operand([d])]) { $0[0].layerNorm($1[0], bias: $1[1], epsilon: 0.1) },
        entry("gelu", [Operand([n, d], scale: 4)]) { x, _ in x[0].activated(.gelu) },
        entry("geluTanh", [Operand([n, d], scale: 4)]) { x, _ in x[0].activated(.geluTanh) },
        entry("quickGelu", [Operand([n, d], scale: 4)]) { x, _ in x[0].activated(.quickGelu) },
        entry("silu", [Operand([n, d], scale: 4)]) { x, _ in x[0].activated(.silu) },
        entry("relu", [Operand([n, d], scale: 4)]) { x, _ in x[0].activated(.relu) },
        entry("swiGLU", [Operand([n, d], scale: 3), x]) { x, _ in x[0].swiGLU(up: x[1]) },
        // Gradients of one value that come along two ways: the branches of Gradients.write and combine.
        entry("sharedInput", [x], [Operand([d + 2, d]), Operand([d + 2, d])]) {
          $0[0].linear($1[0]).swiGLU(up: $0[0].linear($1[1]))
        },
        entry("sharedWeight", [x], [Operand([d, d])]) { $0[0].linear($1[0]).linear($1[0]) },
        entry("rmsNormResidual", [x], [Operand([d]), Operand([d, d])]) {
          $0[0].rmsNorm($1[0], epsilon: 0.1).linear($1[1], residual: $0[0])
        },
        entry("layerNormResidual", [x], [Operand([d]), Operand([d]), Operand([d, d])]) {
          $0[0].layerNorm($1[0], bias: $1[1], epsilon: 0.1).linear($1[2], residual: $0[0])
        },
      ]
  }

  /// All operations at all odd sizes.
  static let odd = OperationSize.odd.flatMap(table)

  typealias Entry = (
    String, [Operand], [Operand], @escaping @Sendable ([Variable], [Parameter]) -> Variable
  ) -> OperationCase

  private static func linearCases(_ entry: Entry, _ n: Int, _ d: Int) -> [OperationCase] {
    let (x, residual) = (Operand([n, d]), Operand([n, d + 2]))
    let (weight, bias) = (Operand([d + 2, d]), Operand([d + 2]))
    return [
      entry("linear", [x], [weight]) { $0[0].linear($1[0]) },
      entry("linearBias", [x], [weight, bias]) { $0[0].linear($1[0], bias: $1[1]) },
      entry("linearResidual", [x, residual], [weight]) { $0[0].linear($1[0], residual: $0[1]) },
      entry("linearBiasResidual", [x, residual], [weight, bias]) {
        $0[0].linear($1[0], bias: $1[1], residual: $0[1])
      },
      entry("convolution", [Operand([n, 12])], [Operand([d + 2, 3, 2, 2]), bias]) {
        $0[0].linear($1[0], bias: $1[1])
      },
    ]
  }

  private static func headCases(_ size: OperationSize) -> [OperationCase] {
    let (n, d) = (size.rows, size.width)
    @Sendable func labels(_ vocabulary: Int) -> [Int32] { (0..<n).map { Int32((5 * $0 + 1) % vocabulary) } }
    return [
      OperationCase(
        name: "head", size: size, inputs: [Operand([n, d])], parameters: [Operand([d + 3, d], scale: 2)]
      ) { inputs, parameters, _ in
        .losses(inputs[0].headLosses(parameters[0], labels: labels(d + 3)).losses)
      },
      OperationCase(name: "tiedHead", size: size, inputs: [], parameters: [Operand([7, d])]) { _, parameters, tape in
        .losses(parameters[0].rows(ids(n), on: tape).headLosses(parameters[0], labels: labels(7)).losses)
      },
      OperationCase(name: "embedding", size: size, inputs: [], parameters: [Operand([7, d])]) { _, parameters, tape in
        .variable(parameters[0].rows(ids(n), on: tape))
      },
    ]
  }

  /// Rows of a table of seven, most of them more than once.
  private static func ids(_ n: Int) -> [Int32] { (0..<n).map { Int32(($0 * $0) % 7) } }
}
