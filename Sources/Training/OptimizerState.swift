import Kernels
import Recipes
import Tensors

/// AdamW over a stage's flat buffer: first and second moments and the number of steps taken.
public final class OptimizerState {
  public let m: Storage
  public let v: Storage
  /// Steps taken.
  public var time = 0
  private let settings: Recipes.Optimizer

  public init(count: Int, settings: Recipes.Optimizer) {
    self.settings = settings
    m = Storage(count: count)
    v = Storage(count: count)
    unsafe m.base.update(repeating: 0, count: count)
    unsafe v.base.update(repeating: 0, count: count)
  }

  /// One step. `gradient`: sums over the global batch; `scale` turns them into clipped means. `learningRates`: one per
  /// entry of the recipe's `train`.
  func step(
    _ parameters: StageParameters, gradient: UnsafePointer<Float>, scale: Float, learningRates: [Double]
  ) {
    time += 1
    for entry in parameters.entries {
      let at = entry.offset
      unsafe adamW(
        parameters.values.base + at, gradient: gradient + at, m: m.base + at, v: v.base + at,
        count: entry.parameter.count, gradientScale: scale,
        step: AdamWStep(
          learningRate: Float(learningRates[entry.part]), beta1: Float(settings.betas[0]),
          beta2: Float(settings.betas[1]), epsilon: Float(settings.eps),
          weightDecay: entry.decays ? Float(settings.weightDecay) : 0, time: time))
      entry.parameter.valueChanged()
    }
  }
}
