import Autograd
import Kernels
import Tensors

// Letters: N rows, D width of a head.

extension OperationCase {
  /// Attention under every layout the models use, and rotary positions.
  static func attentionCases(_ entry: Entry, _ n: Int, _ d: Int) -> [OperationCase] {
    // Segments of different lengths, one of them empty.
    let starts = [0, n / 3, n / 3, n]
    let segment: (Int) -> Int = { $0 < n / 3 ? 0 : n / 3 }
    // Some rows ask, all rows answer: the last layer of a decoder, where only supervised rows go on.
    let chosen = (0..<n).filter { $0 % 2 == 1 || starts.contains($0 + 1) }
    let selected = AttentionLayout(
      queryHeads: 2, keyHeads: 1, headWidth: d, queryStarts: starts.map { start in chosen.filter { $0 < start }.count },
      keyStarts: starts, visible: chosen.map { Int32($0 - segment($0) + 1) })
    // Five tokens were there before: a prompt that goes on.
    let cached = AttentionLayout(
      queryHeads: 2, keyHeads: 1, headWidth: d, queryStarts: [0, n], keyStarts: [0, n + 5],
      visible: (0..<n).map { Int32($0 + 6) })
    let full = AttentionLayout.full(heads: 2, headWidth: d, starts: starts)
    let causal = AttentionLayout.causal(queryHeads: 4, keyHeads: 2, headWidth: d, starts: starts)
    let own = AttentionLayout.full(heads: 1, headWidth: d, starts: [0, n])
    let positions = (0..<n).map { Int32(3 * $0 - 2 * segment($0)) }
    let frequencies = (0..<d).map { 1 / Float(sign: .plus, exponent: $0, significand: 1) }
    return [
      entry("attentionFull", [Operand([n, 2 * d]), Operand([n, 2 * d]), Operand([n, 2 * d])], []) { x, _ in
        x[0].attention(keys: x[1], values: x[2], layout: full)
      },
      entry("attentionCausal", [Operand([n, 4 * d], scale: 2), Operand([n, 2 * d]), Operand([n, 2 * d])], []) { x, _ in
        x[0].attention(keys: x[1], values: x[2], layout: causal)
      },
      entry("attentionSelected", [Operand([chosen.count, 2 * d]), Operand([n, d]), Operand([n, d])], []) { x, _ in
        x[0].attention(keys: x[1], values: x[2], layout: selected)
      },
      entry("attentionCached", [Operand([n, 2 * d]), Operand([n + 5, d]), Operand([n + 5, d])], []) { x, _ in
        x[0].attention(keys: x[1], values: x[2], layout: cached)
      },
      entry("attentionSelf", [Operand([n, d])], []) { x, _ in x[0].attention(keys: x[0], values: x[0], layout: own) },
      entry("rotated", [Operand([n, 4 * d])], []) { x, _ in
        x[0].rotated(by: RotaryTable(positions: positions, inverseFrequencies: frequencies))
      },
    ]
  }
}
