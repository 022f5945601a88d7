import Autograd
import Kernels
import Tensors
import Testing

private let activations: [Activation] = [.gelu, .geluTanh, .quickGelu, .silu, .relu]

/// f(x) and f'(x).
private func values(_ function: Activation, at points: [Float]) -> (y: [Float], slope: [Float]) {
  let x = Tensor(points, shape: [points.count])
  let one = Tensor(repeating: 1, shape: [points.count])
  return (activate(x, function).array, activationGradient(one, x: x, function).array)
}

@Test(arguments: activations)
func `an activation is the identity far to the right and zero far to the left`(function: Activation) {
  for distance in [60, 1e3, 1e6, 1e9] as [Float] {
    let (y, slope) = values(function, at: [distance, -distance])
    #expect(y[0] == distance)
    #expect(abs(y[1]) < 1e-20)
    #expect(slope[0] == 1)
    #expect(abs(slope[1]) < 1e-10)
  }
  let (zero, _) = values(function, at: [0])
  #expect(zero == [0])
}

/// A gradient that went wrong must reach the norm that decides whether the step is taken.
@Test(arguments: OperationCase.table(OperationSize(rows: 5, width: 17)))
func `not-a-number never vanishes on its way`(operation: OperationCase) {
  // A choice of rows leaves others out, which is no loss of theirs.
  guard !["rows", "rowsTwice", "replacingRows", "patches"].contains(operation.name) else { return }
  for index in operation.inputs.indices {
    var inputs = operation.inputValues()
    inputs[index][0] = .nan
    #expect(operation.run(inputs: inputs).output.contains { $0.isNaN }, "input \(index)")
  }
  for index in operation.parameters.indices {
    var parameters = operation.parameterValues()
    parameters[index][0] = .nan
    let run = operation.run(parameters: parameters)
    #expect(run.output.contains { $0.isNaN }, "parameter \(index)")
  }
}

@Test(arguments: activations)
func `not-a-number has no number for a slope`(function: Activation) {
  #expect(values(function, at: [.nan, 1]).y[0].isNaN)
  let x = Tensor([.nan, 1], shape: [2])
  let dy = Tensor([1, .nan], shape: [2])
  #expect(activationGradient(dy, x: x, function).array[1].isNaN)
}

@Test func `norms of huge, tiny and constant rows stay finite`() throws {
  let rows: [[Float]] = [[1e15, -1e15, 1e15, 3e15], [1e-20, 0, -1e-20, 0], [7, 7, 7, 7], [0, 0, 0, 0]]
  let x = Tensor(rows.flatMap { $0 }, shape: [4, 4])
  let (weight, bias) = (Tensor(repeating: 1, shape: [4]), Tensor(repeating: 0, shape: [4]))
  let dy = Tensor(Operand([16]).values("dy"), shape: [4, 4])
  let (y, r) = rmsNorm(x, weight: weight, epsilon: 1e-6)
  #expect(y.array.allSatisfy { $0.isFinite && abs($0) <= 2 })
  #expect(rmsNormInputGradient(dy, x: x, weight: weight, r: r, residual: nil).array.allSatisfy { $0.isFinite })
  let (z, statistics) = layerNorm(x, weight: weight, bias: bias, epsilon: 1e-6)
  #expect(z.array.allSatisfy { $0.isFinite && abs($0) <= 2 })
  #expect(z.array[8..<16].allSatisfy { $0 == 0 })
  let dx = layerNormInputGradient(dy, x: x, weight: weight, statistics: statistics, residual: nil)
  #expect(dx.array.allSatisfy { $0.isFinite })
}

@Test func `a rotation is undone by the inverse one, at positions of a long context too`() {
  let frequencies: [Float] = [1, 0.3, 0.001]
  let table = RotaryTable(positions: [0, 1, 77, 131_071], inverseFrequencies: frequencies)
  let x = Tensor(Operand([4, 12]).values("x"), shape: [4, 12])
  let there = rotate(x, by: table)
  let back = rotate(there, by: table, inverse: true)
  #expect(zip(back.array, x.array).allSatisfy { abs($0 - $1) < 1e-6 })
  #expect(there.array[..<12] == x.array[..<12])
  #expect(zip(there.array[12...], x.array[12...]).allSatisfy { $0 != $1 })
}
