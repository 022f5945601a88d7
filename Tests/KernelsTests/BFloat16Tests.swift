import Tensors
import Testing

@testable import Kernels

@Test func `rounding to bf16 takes the nearest value, ties to even, for every exponent`() {
  var values: [Float] = []
  for upper in stride(from: 0, through: 0xFFFF, by: 7) {
    // Below, at and above the middle between two bf16 values.
    for lower in [0, 1, 0x7FFF, 0x8000, 0x8001, 0xFFFF] {
      values.append(Float(bitPattern: UInt32(upper << 16 | lower)))
    }
  }
  let rounded = BFloat16Tensor(rounding: Tensor(values, shape: [values.count])).floats
  for (value, result) in zip(values, rounded) {
    guard value.isFinite else {
      #expect(value.isNaN ? result.isNaN : result == value)
      continue
    }
    let below = Float(bitPattern: value.bitPattern & 0xFFFF_0000)
    let above = Float(bitPattern: (value.bitPattern & 0xFFFF_0000) &+ 0x1_0000)
    let (down, up) = (abs(Double(value) - Double(below)), abs(Double(above) - Double(value)))
    let isEven = below.bitPattern & 0x1_0000 == 0
    // The step above the largest value is infinity, which the rule reaches as IEEE's does: by the distance of one step.
    let expected =
      above.isInfinite
      ? (value.bitPattern & 0xFFFF < 0x8000 ? below : above) : (down < up || (down == up && isEven) ? below : above)
    #expect(result == expected, "\(value)")
  }
}

/// Products in bf16 on processors that have it; elsewhere the program never takes this way.
@Suite(.serialized, .enabled(if: OneDNN.hasBFloat16, "this processor has no bf16 instructions"))
struct BFloat16ProductTests {
  private static func random(_ shape: [Int], _ key: UInt64) -> Tensor {
    var random = RandomStream(key)
    return random.normalTensor(shape, deviation: 1)
  }

  /// op(A) · op(B) + C of the rounded operands in double precision, and the sum of magnitudes that bounds its error.
  private static func exact(
    _ a: [Float], _ b: [Float], _ c: [Float], _ m: Int, _ n: Int, _ k: Int, _ ta: Bool, _ tb: Bool
  ) -> [(value: Double, magnitude: Double)] {
    (0..<m * n).map { at in
      let (i, j) = (at / n, at % n)
      var (sum, magnitude) = (Double(c[at]), abs(Double(c[at])))
      for l in 0..<k {
        let term = Double(ta ? a[l * m + i] : a[i * k + l]) * Double(tb ? b[j * k + l] : b[l * n + j])
        sum += term
        magnitude += abs(term)
      }
      return (sum, magnitude)
    }
  }

  @Test(
    arguments: [[1, 1, 1], [1, 17, 33], [15, 16, 31], [33, 5, 64], [70, 300, 9], [300, 40, 130]], [false, true])
  func `products equal those of the rounded operands, in every orientation`(size: [Int], accumulates: Bool) {
    let (m, n, k) = (size[0], size[1], size[2])
    for (ta, tb) in [(false, false), (false, true), (true, false), (true, true)] {
      let a = BFloat16Tensor(rounding: Self.random([m * k], 1))
      let b = BFloat16Tensor(rounding: Self.random([k * n], 2))
      let start = accumulates ? Self.random([m, n], 3) : Tensor(repeating: 0, shape: [m, n])
      let c = accumulates ? Tensor(start.array, shape: [m, n]) : Tensor(repeating: .nan, shape: [m, n])
      matrixProduct(
        a.pointer, ta ? .transposed : .plain, lda: ta ? m : k, b.pointer, tb ? .transposed : .plain, ldb: tb ? k : n,
        into: c.sharedPointer, ldc: n, m: m, n: n, k: k, accumulates: accumulates)
      let expected = Self.exact(a.floats, b.floats, start.array, m, n, k, ta, tb)
      for (found, exact) in zip(c.array, expected) {
        #expect(abs(Double(found) - exact.value) <= 1e-6 * exact.magnitude + 1e-30, "\(size) \(ta) \(tb)")
      }
    }
  }

  @Test func `one and two threads give the same bits`() {
    defer { Threads.count = 1 }
    for (m, n, k) in [(700, 96, 130), (64, 3000, 70), (513, 513, 257)] {
      let a = BFloat16Tensor(rounding: Self.random([m * k], 4))
      let b = BFloat16Tensor(rounding: Self.random([k * n], 5))
      let results = [1, 2, 3].map { threads in
        Threads.count = threads
        let c = Tensor(repeating: 0, shape: [m, n])
        matrixProduct(
          a.pointer, lda: k, b.pointer, ldb: n, into: c.sharedPointer, ldc: n, m: m, n: n, k: k, accumulates: true)
        return c.array.map(\.bitPattern)
      }
      #expect(results[1] == results[0] && results[2] == results[0])
    }
  }

  @Test func `more shapes than are kept give right results still`() {
    for m in 1...1100 {
      let a = BFloat16Tensor(rounding: Tensor(repeating: 2, shape: [m]))
      let b = BFloat16Tensor(rounding: Tensor(repeating: 3, shape: [1]))
      let c = Tensor(repeating: 0, shape: [m])
      matrixProduct(
        a.pointer, lda: 1, b.pointer, ldb: 1, into: c.sharedPointer, ldc: 1, m: m, n: 1, k: 1, accumulates: false)
      #expect(c.array.allSatisfy { $0 == 6 })
    }
  }
}
