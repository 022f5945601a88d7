import Autograd
import Kernels
import Tensors
import Testing

/// Compares `attention` and its gradients with the textbook's.
private func expectPlain(_ layout: AttentionLayout, scale: Float = 1, sourceLocation: SourceLocation = #_sourceLocation)
{
  let queries = Operand([layout.queryStarts.last ?? 0, layout.queryHeads * layout.headWidth], scale: scale)
  let keys = Operand([layout.keyStarts.last ?? 0, layout.keyHeads * layout.headWidth])
  let operation = OperationCase(
    name: "attention", size: OperationSize(rows: queries.shape[0], width: layout.headWidth),
    inputs: [queries, keys, keys], parameters: []
  ) { x, _, _ in
    .variable(x[0].attention(keys: x[1], values: x[2], layout: layout))
  }
  let run = operation.run()
  let values = operation.inputValues()
  let plain = PlainAttention(
    q: values[0], k: values[1], v: values[2], dy: operation.outputWeights(count: run.output.count), layout: layout)
  for (found, expected, what) in [
    (run.output, plain.y, "y"), (run.inputGradients[0] ?? [], plain.dq, "dq"),
    (run.inputGradients[1] ?? [], plain.dk, "dk"), (run.inputGradients[2] ?? [], plain.dv, "dv"),
  ] {
    #expect(found.count == expected.count, sourceLocation: sourceLocation)
    let size = max(0.1, expected.map(abs).max() ?? 0)
    let worst = zip(found, expected).map { abs(Double($0) - $1) }.max() ?? 0
    #expect(worst <= 1e-5 * size, "\(what) of \(layout.visible.count) rows", sourceLocation: sourceLocation)
  }
}

/// Around one and two tiles of 96 rows, and one tile of 256 keys.
@Test(arguments: [95, 96, 97, 192, 193, 255, 256, 257, 300])
func `attention over several tiles equals the plain loop`(length: Int) {
  expectPlain(.full(heads: 2, headWidth: 3, starts: [0, length]))
  expectPlain(.causal(queryHeads: 2, keyHeads: 1, headWidth: 4, starts: [0, length]))
}

@Test func `samples of any length laid one behind the other attend as alone`() {
  expectPlain(.causal(queryHeads: 4, keyHeads: 2, headWidth: 2, starts: [0, 1, 1, 98, 100, 360]), scale: 3)
  expectPlain(.full(heads: 2, headWidth: 5, starts: [0, 97, 97, 98, 360]), scale: 3)
}

@Test(arguments: [1, 7, 96, 97])
func `a few rows that attend to many tiles of keys equal the plain loop`(rows: Int) {
  let keys = 520
  expectPlain(
    AttentionLayout(
      queryHeads: 2, keyHeads: 1, headWidth: 4, queryStarts: [0, rows], keyStarts: [0, keys],
      visible: (0..<rows).map { Int32(keys * ($0 + 1) / rows) }))
}

@Test func `scores far apart neither overflow nor lose the sum`() {
  // Products of some hundreds: a softmax that is not shifted by its maximum overflows beyond 88.
  expectPlain(.causal(queryHeads: 2, keyHeads: 2, headWidth: 4, starts: [0, 300]), scale: 300)
}

@Test func `a row that sees no key gives zeros and changes no gradient`() throws {
  let layout = AttentionLayout(
    queryHeads: 1, keyHeads: 1, headWidth: 2, queryStarts: [0, 2, 4], keyStarts: [0, 0, 3], visible: [0, 0, 0, 3])
  expectPlain(layout)
}

@Test func `a layout that would be read wrongly is refused`() async {
  await #expect(processExitsWith: .failure) {
    // Rows of a segment out of order: the tile looks only as far as its last row.
    _ = AttentionLayout(
      queryHeads: 1, keyHeads: 1, headWidth: 2, queryStarts: [0, 2], keyStarts: [0, 2], visible: [2, 1])
  }
  await #expect(processExitsWith: .failure) {
    // More keys than the segment has: those of the next sample.
    _ = AttentionLayout(
      queryHeads: 1, keyHeads: 1, headWidth: 2, queryStarts: [0, 1, 2], keyStarts: [0, 1, 2], visible: [2, 1])
  }
}
