import Foundation
import Kernels

/// Attention and its gradients written down as the textbook has them: the whole matrix of scores, double precision.
struct PlainAttention {
  private(set) var y: [Double]
  private(set) var dq: [Double]
  private(set) var dk: [Double]
  private(set) var dv: [Double]

  /// q, dy [Q, Hq·d], k and v [K, Hk·d].
  init(q: [Float], k: [Float], v: [Float], dy: [Float], layout: AttentionLayout) {
    let (heads, d) = (layout.queryHeads, layout.headWidth)
    let (queryStride, keyStride) = (heads * d, layout.keyHeads * d)
    y = [Double](repeating: 0, count: q.count)
    dq = y
    dk = [Double](repeating: 0, count: k.count)
    dv = dk
    let scale = 1 / Double(d).squareRoot()
    for segment in 0..<layout.queryStarts.count - 1 {
      for row in layout.queryStarts[segment]..<layout.queryStarts[segment + 1] {
        for head in 0..<heads {
          let at = row * queryStride + head * d
          let keyColumn = head / (heads / layout.keyHeads) * d
          let keys = (0..<Int(layout.visible[row])).map { (layout.keyStarts[segment] + $0) * keyStride + keyColumn }
          func dot(_ a: [Float], _ i: Int, _ b: [Float], _ j: Int) -> Double {
            (0..<d).reduce(0) { $0 + Double(a[i + $1]) * Double(b[j + $1]) }
          }
          let scores = keys.map { dot(q, at, k, $0) * scale }
          let top = scores.max() ?? 0
          let weights = scores.map { exp($0 - top) }
          let total = weights.reduce(0, +)
          let p = weights.map { $0 / total }
          for (key, probability) in zip(keys, p) { for j in 0..<d { y[at + j] += probability * Double(v[key + j]) } }
          let dp = keys.map { dot(dy, at, v, $0) }
          let mean = zip(p, dp).reduce(0) { $0 + $1.0 * $1.1 }
          for (index, key) in keys.enumerated() {
            let ds = p[index] * (dp[index] - mean) * scale
            for j in 0..<d {
              dv[key + j] += p[index] * Double(dy[at + j])
              dq[at + j] += ds * Double(k[key + j])
              dk[key + j] += ds * Double(q[at + j])
            }
          }
        }
      }
    }
  }
}
