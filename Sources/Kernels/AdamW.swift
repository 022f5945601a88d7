import CIntrinsics
import Profiling
import Tensors

/// The numbers of one AdamW step for a range of parameters that share them.
public struct AdamWStep: Sendable, Equatable {
  public var learningRate: Float
  public var beta1: Float
  public var beta2: Float
  public var epsilon: Float
  public var weightDecay: Float
  /// How many steps were taken, this one included: for the bias corrections.
  public var time: Int

  public init(learningRate: Float, beta1: Float, beta2: Float, epsilon: Float, weightDecay: Float, time: Int) {
    self.learningRate = learningRate
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
    self.weightDecay = weightDecay
    self.time = time
  }
}

/// One AdamW step in place over `count` floats (Loshchilov and Hutter 2019, in the order PyTorch computes it).
///
/// `gradientScale` multiplies the gradient as it is read: the division by the global token count and the clipping
/// cost no pass of their own.
public func adamW(
  _ parameter: UnsafeMutablePointer<Float>, gradient: UnsafePointer<Float>, m: UnsafeMutablePointer<Float>,
  v: UnsafeMutablePointer<Float>, count: Int, gradientScale: Float, step: AdamWStep
) {
  let span = Profile.operation("adamw")
  defer { span.end() }
  let (b1, b2, epsilon) = (step.beta1, step.beta2, step.epsilon)
  let decay = 1 - step.learningRate * step.weightDecay
  let correction1 = 1 - power(Double(b1), step.time)
  let correction2 = 1 - power(Double(b2), step.time)
  let stepSize = Float(Double(step.learningRate) / correction1)
  let inverseRoot = Float(1 / correction2.squareRoot())
  parallel(count, grain: elementGrain) { range in
    for i in range {
      let g = gradient[i] * gradientScale
      let m1 = m[i] + (g - m[i]) * (1 - b1)
      let v1 = v[i] * b2 + g * g * (1 - b2)
      m[i] = m1
      v[i] = v1
      parameter[i] = parameter[i] * decay - stepSize * m1 / (intrinsics_sqrt(v1) * inverseRoot + epsilon)
    }
  }
}

private func power(_ base: Double, _ exponent: Int) -> Double {
  var (result, factor, left) = (1.0, base, exponent)
  while left > 0 {
    if left & 1 == 1 { result *= factor }
    factor *= factor
    left >>= 1
  }
  return result
}
