import Foundation

extension Schedule {
  /// What the learning rate is multiplied with at a step.
  ///
  /// The formulas are those of transformers' optimization.py: `get_constant_schedule_with_warmup`,
  /// `get_linear_schedule_with_warmup`, `get_cosine_with_min_lr_schedule_with_warmup` (half a wave) and
  /// `get_wsd_schedule` (linear warm-up, cosine decay). `linear` has a floor in the way `cosine` has. Unlike there, a
  /// step after the last stays at the end of the decay.
  ///
  /// - Parameters:
  ///   - step: steps done before this one, so 0 at the first.
  ///   - totalSteps: steps of the stage.
  public func factor(step: Int, totalSteps: Int) -> Double {
    let warmupSteps = warmup.steps(of: totalSteps)
    if step < warmupSteps {
      let share = Double(step) / Double(warmupSteps)
      return kind == .wsd ? aboveFloor(share) : share
    }
    switch kind {
    case .constant: return 1
    case .linear: return aboveFloor(1 - progress(of: step, from: warmupSteps, to: totalSteps))
    case .cosine: return aboveFloor(halfWave(progress(of: step, from: warmupSteps, to: totalSteps)))
    case .wsd:
      let decaySteps = Int((decay * Double(totalSteps)).rounded(.up))
      let start = max(warmupSteps, totalSteps - decaySteps)
      return step < start ? 1 : aboveFloor(halfWave(progress(of: step, from: start, to: totalSteps)))
    }
  }

  private func aboveFloor(_ share: Double) -> Double { max(0, share * (1 - floor) + floor) }

  private func halfWave(_ progress: Double) -> Double { 0.5 * (1 + cos(.pi * progress)) }

  private func progress(of step: Int, from start: Int, to end: Int) -> Double {
    min(1, Double(step - start) / Double(max(1, end - start)))
  }
}
