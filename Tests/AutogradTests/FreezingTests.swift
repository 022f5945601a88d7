import Testing

@Test(arguments: OperationCase.odd)
func `where nothing trains nothing is recorded`(operation: OperationCase) {
  let run = operation.run(constant: Set(operation.inputs.indices), frozen: Set(operation.parameters.indices))
  #expect(run.recorded == 0)
  #expect(run.ready.isEmpty)
  #expect(run.output == operation.run().output)
}

@Test(arguments: OperationCase.odd)
func `freezing one part changes no bit of the other gradients`(operation: OperationCase) {
  let all = operation.run()
  for part in operation.parameters.indices {
    let run = operation.run(frozen: [part])
    #expect(run.output == all.output)
    #expect(run.inputGradients == all.inputGradients)
    for other in operation.parameters.indices {
      #expect(run.parameterGradients[other] == (other == part ? nil : all.parameterGradients[other]), "p\(other)")
    }
    #expect(!run.ready.contains("p\(part)"))
  }
  for part in operation.inputs.indices {
    let run = operation.run(constant: [part])
    for other in operation.inputs.indices {
      #expect(run.inputGradients[other] == (other == part ? nil : all.inputGradients[other]), "input \(other)")
    }
    #expect(run.parameterGradients == all.parameterGradients)
  }
}

@Test(arguments: OperationCase.odd)
func `each parameter is announced once`(operation: OperationCase) {
  #expect(operation.run().ready.sorted() == operation.parameters.indices.map { "p\($0)" })
}

@Test(arguments: OperationCase.odd)
func `gradients of two passes add up`(operation: OperationCase) {
  let (once, twice) = (operation.run(), operation.run(passes: 2))
  for (one, two) in zip(once.parameterGradients, twice.parameterGradients) {
    let scale = max(0.1, one?.map(abs).max() ?? 0)
    let worst = zip(one ?? [], two ?? []).map { abs(2 * $0 - $1) }.max() ?? .infinity
    #expect(worst <= 1e-6 * scale)
  }
}
