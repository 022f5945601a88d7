import Tensors
import Testing

@testable import Kernels

/// Both ways of computing attention are held to each other; AutogradTests hold the one in use to the textbook.
@Suite(.enabled(if: OneDNN.hasAVX512, "this processor has no AVX-512"))
struct AttentionTilesTests {
  /// What both passes compute of fixed random operands.
  private struct Result {
    let tensors: [Tensor]

    init(_ layout: AttentionLayout, tiles: Bool) {
      var random = RandomStream(3, 5)
      let (queries, keys) = (layout.queryStarts.last ?? 0, layout.keyStarts.last ?? 0)
      func normal(_ rows: Int, _ stride: Int) -> Tensor { random.normalTensor([rows, stride], deviation: 1) }
      let q = normal(queries, layout.queryStride)
      let (k, v) = (normal(keys, layout.keyStride), normal(keys, layout.keyStride))
      let dy = normal(queries, layout.queryStride)
      let (y, logs) = attention(q: q, k: k, v: v, layout: layout, tiles: tiles)
      let (dq, dk, dv) = attentionGradient(
        dy, q: q, k: k, v: v, y: y, logDenominator: logs, layout: layout, tiles: tiles)
      tensors = [y, logs, dq, dk, dv]
    }
  }

  private func expectEqual(_ layout: AttentionLayout, sourceLocation: SourceLocation = #_sourceLocation) {
    let (tiles, plain) = (Result(layout, tiles: true), Result(layout, tiles: false))
    for (index, what) in ["y", "log denominator", "dq", "dk", "dv"].enumerated() {
      let (found, expected) = (tiles.tensors[index].array, plain.tensors[index].array)
      let size = max(1, expected.filter(\.isFinite).map(abs).max() ?? 0)
      for (a, b) in zip(found, expected) where a != b {
        #expect(abs(a - b) <= 1e-5 * size, "\(what): \(a) and \(b)", sourceLocation: sourceLocation)
      }
    }
  }

  /// Below, at and above a vector of 16 and a panel of 64.
  @Test(arguments: [1, 15, 16, 17, 48, 63, 64, 65, 72, 130])
  func `heads of any width`(width: Int) {
    expectEqual(.causal(queryHeads: 4, keyHeads: 2, headWidth: width, starts: [0, 6, 77]))
    expectEqual(.full(heads: 2, headWidth: width, starts: [0, 49]))
  }

  /// Around a group of 6 rows, a vector, a panel, a tile of 60 rows and a tile of 256 keys.
  @Test(arguments: [6, 7, 11, 12, 16, 17, 59, 60, 61, 64, 65, 121, 255, 256, 257, 271, 272, 273, 520])
  func `samples of any length`(length: Int) {
    expectEqual(.causal(queryHeads: 2, keyHeads: 1, headWidth: 20, starts: [0, length]))
    expectEqual(.full(heads: 1, headWidth: 20, starts: [0, length, length + 8]))
  }

  @Test func `rows that see nothing, and keys that nobody sees`() {
    expectEqual(
      AttentionLayout(
        queryHeads: 2, keyHeads: 1, headWidth: 8, queryStarts: [0, 9, 17], keyStarts: [0, 530, 600],
        visible: [0, 0, 0, 0, 0, 0, 0, 3, 300] + [0, 1, 1, 1, 1, 40, 40, 41]))
  }

  @Test func `a score that is not a number reaches the rows that see it, and no other`() {
    let layout = AttentionLayout.causal(queryHeads: 1, keyHeads: 1, headWidth: 16, starts: [0, 40])
    var k = Tensor(repeating: 0.5, shape: [40, 16])
    k.mutablePointer()[20 * 16] = .nan
    let ones = Tensor(repeating: 1, shape: [40, 16])
    let y = attention(q: ones, k: k, v: ones, layout: layout, tiles: true).y.array
    let before = y[..<(20 * 16)].allSatisfy { abs($0 - 1) < 1e-6 }
    let after = y[(20 * 16)...].allSatisfy { $0.isNaN }
    #expect(before && after)
  }
}
