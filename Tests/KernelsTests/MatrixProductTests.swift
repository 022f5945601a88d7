import Kernels
import Tensors
import Testing

/// Products on both sides of the size from which another library computes them.
@Suite("Matrix products")
struct MatrixProductTests {
  @Test(arguments: [[37, 41, 50], [409, 411, 401], [64, 4097, 257]], [0, 1] as [Float])
  func `chosen elements equal sums in double precision, in every orientation`(size: [Int], beta: Float) {
    let (m, n, k) = (size[0], size[1], size[2])
    var random = RandomStream(3)
    let a = random.normalTensor([m * k], deviation: 1)
    let b = random.normalTensor([k * n], deviation: 1)
    let (x, y) = (a.array, b.array)
    for (ta, tb) in [(false, false), (false, true), (true, false), (true, true)] {
      let c = Tensor(repeating: beta == 0 ? .nan : 0.5, shape: [m, n])
      matrixProduct(
        a.pointer, ta ? .transposed : .plain, lda: ta ? m : k, b.pointer, tb ? .transposed : .plain, ldb: tb ? k : n,
        into: c.sharedPointer, ldc: n, m: m, n: n, k: k, beta: beta)
      let found = c.array
      // The corners, and some between: every piece of every cut has elements among them.
      let places = [0, n - 1, (m - 1) * n, m * n - 1] + (0..<400).map { _ in random.below(m * n) }
      for place in places {
        let (i, j) = (place / n, place % n)
        var (sum, magnitude) = (beta == 0 ? 0 : 0.5, 0.5)
        for l in 0..<k {
          let term = Double(x[ta ? l * m + i : i * k + l]) * Double(y[tb ? j * k + l : l * n + j])
          sum += term
          magnitude += abs(term)
        }
        #expect(abs(Double(found[place]) - sum) <= 1e-6 * magnitude, "\(size) \(ta) \(tb) at \(i), \(j)")
      }
    }
  }
}
