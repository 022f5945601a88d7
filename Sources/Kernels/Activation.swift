import Profiling
import Tensors

/// The activation functions of vision towers and connectors, under the names config.json uses.
public enum Activation: String, Sendable, Equatable, Codable {
  /// x · Φ(x), with the error function.
  case gelu
  /// The tanh approximation of GELU (SigLIP).
  case geluTanh = "gelu_pytorch_tanh"
  /// x · σ(1.702 x) (CLIP).
  case quickGelu = "quick_gelu"
  /// x · σ(x), also called swish.
  case silu
  case relu
}

/// `y = f(x)`, element by element.
public func activate(_ x: Tensor, _ function: Activation) -> Tensor {
  let span = Profile.operation("\(function.rawValue) forward")
  defer { span.end() }
  let y = Tensor(uninitialized: x.shape)
  let (p, out) = (x.pointer, y.sharedPointer)
  parallel(x.count, grain: elementGrain) { range in
    switch function {
    case .gelu: for i in range { out[i] = p[i] * normalDistribution(p[i]).cumulative }
    case .geluTanh: for i in range { out[i] = p[i] * sigmoid(geluTanhArgument(p[i])) }
    case .quickGelu: for i in range { out[i] = p[i] * sigmoid(1.702 * p[i]) }
    case .silu: for i in range { out[i] = p[i] * sigmoid(p[i]) }
    // The comparison is turned so that not-a-number stays what it is.
    case .relu: for i in range { out[i] = p[i] < 0 ? 0 : p[i] }
    }
  }
  return y
}

/// `dx = dy · f'(x)`.
public func activationGradient(_ dy: Tensor, x: Tensor, _ function: Activation) -> Tensor {
  let span = Profile.operation("\(function.rawValue) backward")
  defer { span.end() }
  let dx = Tensor(uninitialized: x.shape)
  let (g, p, out) = (dy.pointer, x.pointer, dx.sharedPointer)
  parallel(x.count, grain: elementGrain) { range in
    switch function {
    case .gelu:
      for i in range {
        let normal = normalDistribution(p[i])
        out[i] = g[i] * (normal.cumulative + p[i] * normal.density)
      }
    case .geluTanh:
      for i in range {
        let s = sigmoid(geluTanhArgument(p[i]))
        let slope: Float = 1.5957691216 * (1 + 3 * 0.044715 * p[i] * p[i])
        out[i] = g[i] * (s + p[i] * s * (1 - s) * slope)
      }
    case .quickGelu:
      for i in range {
        let s = sigmoid(1.702 * p[i])
        out[i] = g[i] * (s + 1.702 * p[i] * s * (1 - s))
      }
    case .silu:
      for i in range {
        let s = sigmoid(p[i])
        out[i] = g[i] * (s + p[i] * s * (1 - s))
      }
    case .relu: for i in range { out[i] = p[i] > 0 ? g[i] : 0 }
    }
  }
  return dx
}

/// 2·√(2/π)·(x + 0.044715 x³): since ½(1 + tanh z) = σ(2z), the tanh form of GELU is x · σ of this.
@inline(__always)
private func geluTanhArgument(_ x: Float) -> Float { 1.5957691216 * (x + 0.044715 * x * x * x) }

/// Φ(x) and φ(x) of the standard normal distribution; absolute error of Φ below 1.5e-7.
///
/// Abramowitz and Stegun 7.1.26: erfc(z) ≈ e^(-z²) · polynomial(1 / (1 + 0.3275911 z)); the exponential is φ's own.
@inline(__always)
private func normalDistribution(_ x: Float) -> (cumulative: Float, density: Float) {
  let z = (x < 0 ? -x : x) * 0.70710678
  let bell = exponential(-z * z)
  let t = 1 / (1 + 0.3275911 * z)
  var p: Float = 1.061405429
  p = p * t - 1.453152027
  p = p * t + 1.421413741
  p = p * t - 0.284496736
  p = p * t + 0.254829592
  let tail = 0.5 * p * t * bell
  return (x < 0 ? tail : 1 - tail, 0.3989422804 * bell)
}
