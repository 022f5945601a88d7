import Autograd
import Tensors
import Testing

/// One use of an operation, small enough to be tried in every way: against PyTorch, against finite differences, with
/// parts frozen, on several threads.
struct OperationCase: Sendable, CustomTestStringConvertible {
  /// What an operation gives: a variable, or the losses of a head, which end a tape.
  enum Outcome {
    case variable(Variable)
    case losses([Float])
  }

  let name: String
  /// Rows and width that the shapes were made from.
  let size: OperationSize
  let inputs: [Operand]
  let parameters: [Operand]
  /// The tape is for operations that begin at a parameter, as a look-up does.
  let compute: @Sendable (_ inputs: [Variable], _ parameters: [Parameter], _ tape: Tape?) -> Outcome

  /// Its name in Golden/operations.safetensors.
  var label: String { "\(name)/\(size.rows)x\(size.width)" }
  var testDescription: String { label }

  /// The numbers that Golden/make_golden.py uses, too.
  func inputValues() -> [[Float]] {
    inputs.enumerated().map { $1.values("\(label)/input\($0)") }
  }

  func parameterValues() -> [[Float]] {
    parameters.enumerated().map { $1.values("\(label)/parameter\($0)") }
  }

  /// What the output is multiplied with before it is summed to one number: different for every place, so that a
  /// permutation shows.
  func outputWeights(count: Int) -> [Float] { Operand([count]).values("\(label)/weights") }
}

/// Rows and width of an operation's main input.
struct OperationSize: Sendable {
  let rows: Int
  let width: Int

  /// One, and around the sixteen lanes of the kernels, in both directions; Golden/make_golden.py has the same list.
  static let odd = [(1, 1), (3, 15), (2, 16), (5, 17), (2, 33), (17, 3), (33, 2)].map {
    OperationSize(rows: $0.0, width: $0.1)
  }
  /// Large enough that every kernel deals its work out to several threads.
  static let large = OperationSize(rows: 401, width: 257)
}
