extension RotaryConfiguration {
  /// What would make frequencies that are no numbers, or none at all in single precision: the key, and why. Nil where all
  /// is well. Far beyond what models have.
  var fault: (key: String, reason: String)? {
    var bounds: [(key: CodingKeys, value: Double, range: ClosedRange<Double>)] = [(.theta, theta, 1e-3...1e15)]
    if kind != .default { bounds.append((.factor, factor, 1e-6...1e6)) }
    if kind == .llama3 {
      bounds += [
        (.originalMaximum, originalMaximum, 1...1e12), (.lowFrequencyFactor, lowFrequencyFactor, 1e-6...1e6),
        (.highFrequencyFactor, highFrequencyFactor, 1e-6...1e6),
      ]
    }
    for (key, value, range) in bounds where !range.contains(value) {
      return (key.rawValue, "\(value) is not from \(range.lowerBound) to \(range.upperBound)")
    }
    guard kind != .llama3 || highFrequencyFactor > lowFrequencyFactor else {
      let reason = "\(highFrequencyFactor) is not above low_freq_factor \(lowFrequencyFactor)"
      return (CodingKeys.highFrequencyFactor.rawValue, reason)
    }
    return nil
  }
}
