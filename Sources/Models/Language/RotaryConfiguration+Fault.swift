extension RotaryConfiguration {
  /// What would make frequencies that are no numbers, or none at all in single precision: the key, and why. Nil where all
  /// is well. Far beyond what models have.
  var fault: (key: String, reason: String)? {
    func outside(_ value: Double, _ key: CodingKeys, _ range: ClosedRange<Double>) -> (String, String)? {
      range.contains(value)
        ? nil : (key.rawValue, "\(value) is not from \(range.lowerBound) to \(range.upperBound)")
    }
    if let fault = outside(theta, .theta, 1e-3...1e15) { return fault }
    guard kind != .default else { return nil }
    if let fault = outside(factor, .factor, 1e-6...1e6) { return fault }
    guard kind == .llama3 else { return nil }
    if let fault = outside(originalMaximum, .originalMaximum, 1...1e12)
      ?? outside(lowFrequencyFactor, .lowFrequencyFactor, 1e-6...1e6)
      ?? outside(highFrequencyFactor, .highFrequencyFactor, 1e-6...1e6)
    {
      return fault
    }
    guard highFrequencyFactor > lowFrequencyFactor else {
      let reason = "\(highFrequencyFactor) is not above low_freq_factor \(lowFrequencyFactor)"
      return (CodingKeys.highFrequencyFactor.rawValue, reason)
    }
    return nil
  }
}
