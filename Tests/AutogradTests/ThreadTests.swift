import Kernels
import Tensors
import Testing

/// The number of threads belongs to the process, so these run one after the other and set it back.
@Suite(.serialized) struct ThreadTests {
  private func onThreads<Result>(_ count: Int, _ body: () -> Result) -> Result {
    let before = Threads.count
    Threads.count = count
    defer { Threads.count = before }
    return body()
  }

  @Test(arguments: OperationCase.table(.large))
  func `results have the same bits on any number of threads`(operation: OperationCase) {
    let one = onThreads(1) { operation.run() }
    for threads in 2...3 {
      let several = onThreads(threads) { operation.run() }
      // Compared outside of #expect, which would print what differs: some hundred thousand numbers.
      let same = (
        one.output == several.output, one.inputGradients == several.inputGradients,
        one.parameterGradients == several.parameterGradients
      )
      #expect(same.0 && same.1 && same.2, "output, inputs, parameters on \(threads) threads")
    }
  }

  /// Around the sizes at which the matrix library changes its method, where a half would be computed otherwise than the
  /// whole, and sizes that fill no block.
  @Test(arguments: [64, 101, 300, 513], [64, 99, 161, 510])
  func `matrix products have the same bits on any number of threads`(m: Int, n: Int) {
    for k in [48, 150, 397, 777] {
      for (first, second) in [(Orientation.plain, Orientation.plain), (.plain, .transposed), (.transposed, .plain)] {
        let a = Tensor(Operand([m * k]).values("a"), shape: [m, k])
        let b = Tensor(Operand([n * k]).values("b"), shape: [k, n])
        for beta in [0, 1] as [Float] {
          func product() -> [Float] {
            var c = Tensor(repeating: 0.5, shape: [m, n])
            matrixProduct(
              a.pointer, first, lda: first == .plain ? k : m, b.pointer, second, ldb: second == .plain ? n : k,
              into: c.mutablePointer(), ldc: n, m: m, n: n, k: k, beta: beta)
            return c.array
          }
          let one = onThreads(1, product)
          for threads in 2...3 {
            let equal = onThreads(threads, product) == one
            #expect(equal, "\(m)x\(n)x\(k), \(first), \(second), beta \(beta), \(threads) threads")
          }
        }
      }
    }
  }
}
