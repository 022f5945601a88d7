import Glibc
import Profiling
import Tensors

// Letters: N tokens, H heads, d head width (even).

/// Cosines and sines of rotary position embedding for given positions: each [N, d/2].
public struct RotaryTable {
  public let cosine: Tensor
  public let sine: Tensor

  /// `inverseFrequencies` [d/2]; the angle of token n and pair j is `positions[n] · inverseFrequencies[j]`.
  public init(positions: [Int32], inverseFrequencies: [Float]) {
    let half = inverseFrequencies.count
    cosine = Tensor(uninitialized: [positions.count, half])
    sine = Tensor(uninitialized: [positions.count, half])
    let (c, s) = (cosine.sharedPointer, sine.sharedPointer)
    for (n, position) in positions.enumerated() {
      for j in 0..<half {
        // The product is rounded to single precision first, as the reference does it.
        let angle = Float(position) * inverseFrequencies[j]
        c[n * half + j] = cosf(angle)
        s[n * half + j] = sinf(angle)
      }
    }
  }
}

/// Rotates each pair (j, j + d/2) of every head by the token's angle (`rotate_half` of transformers' Llama).
///
/// x [N, H·d] -> [N, H·d]. With `inverse` it rotates back: the gradient of a rotation is the opposite rotation.
public func rotate(_ x: Tensor, by table: RotaryTable, inverse: Bool = false) -> Tensor {
  let span = Profile.operation("rotary")
  defer { span.end() }
  let tokens = table.cosine.shape[0]
  let half = table.cosine.shape[1]
  let width = tokens == 0 ? 0 : x.count / tokens
  precondition(half > 0 && x.count == tokens * width && width % (2 * half) == 0, "rotate: \(x.shape), half \(half)")
  let y = Tensor(uninitialized: x.shape)
  let (p, out, cosine, sine) = (x.pointer, y.sharedPointer, table.cosine.pointer, table.sine.pointer)
  let sign: Float = inverse ? -1 : 1
  parallel(tokens, grain: max(1, elementGrain / max(1, width))) { range in
    for token in range {
      let (c, s) = (cosine + token * half, sine + token * half)
      for head in 0..<width / (2 * half) {
        let at = token * width + head * 2 * half
        let (low, high, outLow, outHigh) = (p + at, p + at + half, out + at, out + at + half)
        for j in 0..<half {
          outLow[j] = low[j] * c[j] - high[j] * s[j] * sign
          outHigh[j] = high[j] * c[j] + low[j] * s[j] * sign
        }
      }
    }
  }
  return y
}
