import Kernels
import Tensors
import Testing

@testable import Autograd

@Suite("Values made again for the backward pass")
struct KeptValueTests {
  private func random(_ shape: [Int], _ key: UInt64) -> Tensor {
    var random = RandomStream(key)
    return random.normalTensor(shape, deviation: 2)
  }

  @Test(arguments: [1, 3, 40])
  func `norms have the same bits the second time`(rows: Int) {
    let (x, w, b) = (random([rows, 37], 1), random([37], 2), random([37], 3))
    let (y, r) = rmsNorm(x, weight: w, epsilon: 1e-5)
    #expect(rmsNormAgain(x, weight: w, r: r).array == y.array)
    let (z, statistics) = layerNorm(x, weight: w, bias: b, epsilon: 1e-5)
    #expect(layerNormAgain(x, weight: w, bias: b, statistics: statistics).array == z.array)
  }

  @Test func `a value that can be made again is not held, and is made once`() {
    var made = 0
    weak var held: Storage?
    let kept: KeptValue
    do {
      let value = random([8], 4)
      held = value.storage
      kept = KeptValue(value) {
        made += 1
        return random([8], 4)
      }
    }
    #expect(held == nil)
    #expect(kept.tensor().array == random([8], 4).array)
    #expect(kept.tensor().array == random([8], 4).array)
    #expect(made == 1)
  }

  /// The gradient of a SwiGLU takes the memory of its factors; a factor that an earlier record needs must stay.
  @Test func `a factor of a SwiGLU that another operation uses keeps its value`() {
    let (gate, up, dy) = (random([5, 7], 5), random([5, 7], 6), random([5, 7], 7))
    let tape = Tape()
    let (g, u) = (tape.input(gate), tape.input(up))
    let other = g.activated(.gelu)
    let product = g.swiGLU(up: u)
    let slots = [g.slot, u.slot].compactMap { $0 }
    let found = tape.backward(seeds: [other.slot ?? -1: dy, product.slot ?? -1: dy], keeping: slots)
    var (dGate, dUp) = (gate, up)
    swiGLUGradient(dy, gate: &dGate, up: &dUp)
    let expected = zip(dGate.array, activationGradient(dy, x: gate, .gelu).array).map { $0 + $1 }
    #expect(found[slots[0]]?.array == expected)
    #expect(found[slots[1]]?.array == dUp.array)
  }
}
