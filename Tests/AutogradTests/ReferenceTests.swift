import Checkpoints
import Foundation
import Testing

/// Values of PyTorch in double precision, written by Golden/make_golden.py.
private let golden = Result<[String: [Float]], any Error> {
  let path = try #require(Bundle.module.path(forResource: "Golden/operations", ofType: "safetensors"))
  let file = try SafetensorsFile(path: path)
  return Dictionary(uniqueKeysWithValues: try file.names.map { ($0, try file.tensor($0).array) })
}

@Test func `every operation has reference values and every reference value an operation`() throws {
  let names = Set(try golden.get().keys)
  #expect(names == Set(OperationCase.odd.map(\.label)))
}

@Test(arguments: OperationCase.odd)
func `outputs and gradients equal those of PyTorch`(operation: OperationCase) throws {
  let expected = try #require(try golden.get()[operation.label])
  let run = operation.run()
  var next = 0
  func compare(_ found: [Float]?, _ what: String) throws {
    let found = try #require(found, "no \(what)")
    let end = next + found.count
    try #require(end <= expected.count, "\(what)")
    let reference = expected[next..<end]
    next = end
    // Single precision against double: a few units in the last place of the largest number of the sum.
    let scale = max(0.1, reference.map(abs).max() ?? 0)
    let worst = zip(found, reference).map { abs($0 - $1) }.max() ?? 0
    #expect(worst <= 4e-6 * scale, "\(what): off by \(worst) of \(scale)")
  }
  try compare(run.output, "output")
  for (index, input) in operation.inputs.enumerated() where !input.isData {
    try compare(run.inputGradients[index], "gradient of input \(index)")
  }
  for index in operation.parameters.indices {
    try compare(run.parameterGradients[index], "gradient of parameter \(index)")
  }
  #expect(next == expected.count)
}
