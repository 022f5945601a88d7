import Kernels
import Tensors

extension Variable {
  /// Softmax attention with self as the queries [Q, Hq·d], over keys and values [K, Hk·d] -> [Q, Hq·d].
  public func attention(keys: Variable, values: Variable, layout: AttentionLayout) -> Variable {
    let (q, k, v) = (value, keys.value, values.value)
    let (slot, keySlot, valueSlot) = (slot, keys.slot, values.slot)
    let (y, logs) = Kernels.attention(q: q, k: k, v: v, layout: layout)
    return .record(y, inputs: [self, keys, values]) { dy, gradients in
      let (dq, dk, dv) = attentionGradient(dy, q: q, k: k, v: v, y: y, logDenominator: logs, layout: layout)
      gradients.add(dq, to: slot)
      gradients.add(dk, to: keySlot)
      gradients.add(dv, to: valueSlot)
    }
  }

  /// Rotary position embedding: self [N, H·d], table for N tokens -> [N, H·d].
  public func rotated(by table: RotaryTable) -> Variable {
    let slot = slot
    return .record(rotate(value, by: table), inputs: [self]) { dy, gradients in
      gradients.add(rotate(dy, by: table, inverse: true), to: slot)
    }
  }
}
