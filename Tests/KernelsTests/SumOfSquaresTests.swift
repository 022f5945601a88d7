import Kernels
import Tensors
import Testing

private func squares(_ values: [Float]) -> Double {
  let x = Tensor(values, shape: [values.count])
  return withExtendedLifetime(x) { sumOfSquares(x.pointer, count: values.count) }
}

/// Around the eight lanes and the blocks of 16,384.
@Test(arguments: [0, 1, 7, 8, 9, 15, 16, 17, 33, 16_383, 16_384, 16_385, 49_157])
func `a sum of squares equals the plain sum in double precision`(count: Int) {
  var random = RandomStream(3, UInt64(count))
  let values = (0..<count).map { _ in random.normal() }
  let plain = values.reduce(0.0) { $0 + Double($1) * Double($1) }
  #expect(abs(squares(values) - plain) <= 1e-12 * plain)
}

@Test func `a sum of squares keeps what single precision would lose`() {
  // 2^24 and then ones: added up in single precision the ones would vanish. And 1e30 squared is beyond it.
  #expect(squares([4096] + [Float](repeating: 1, count: 1000)) == 16_778_216)
  #expect(abs(squares([1e30, 1]) - 1e60) < 1e54)
  #expect(squares([1, .nan, 1]).isNaN)
}
