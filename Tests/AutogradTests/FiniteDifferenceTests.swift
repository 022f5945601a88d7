import Testing

/// Distance between the points of a difference. Two to a power, so that the points are exact.
private let step: Float = 0x1p-6

@Test(arguments: OperationCase.odd)
func `gradients equal finite differences`(operation: OperationCase) throws {
  let run = operation.run()
  let (inputs, parameters) = (operation.inputValues(), operation.parameterValues())
  for (index, input) in operation.inputs.enumerated() where !input.isData {
    try expect(try #require(run.inputGradients[index]), "input \(index)") { element, shift in
      var moved = inputs
      moved[index][element] += shift
      return operation.objective(inputs: moved, parameters: parameters)
    }
  }
  for index in operation.parameters.indices {
    try expect(try #require(run.parameterGradients[index]), "parameter \(index)") { element, shift in
      var moved = parameters
      moved[index][element] += shift
      return operation.objective(inputs: inputs, parameters: moved)
    }
  }
}

/// Compares with the five-point difference, whose own error grows with the fourth power of the step alone; large operands
/// are probed at sixty-odd places.
private func expect(
  _ gradient: [Float], _ what: String, _ objective: (_ element: Int, _ shift: Float) -> Double
) throws {
  let scale = max(0.1, gradient.map(abs).max() ?? 0)
  for element in stride(from: 0, to: gradient.count, by: max(1, gradient.count / 61)) {
    let near = objective(element, step) - objective(element, -step)
    let far = objective(element, 2 * step) - objective(element, -2 * step)
    let slope = Float((8 * near - far) / Double(12 * step))
    #expect(abs(gradient[element] - slope) <= 1e-3 * scale, "\(what)[\(element)]: \(gradient[element]), slope \(slope)")
  }
}
