import Foundation

/// `rope_parameters`: base frequency and, for long contexts, how it is stretched.
public struct RotaryConfiguration: Sendable, Equatable, Codable {
  public enum Kind: String, Sendable, Codable {
    case `default`, linear, llama3
  }

  public var kind: Kind = .default
  public var theta: Double
  public var factor: Double = 1
  public var lowFrequencyFactor: Double = 1
  public var highFrequencyFactor: Double = 4
  public var originalMaximum: Double = 8192

  enum CodingKeys: String, CodingKey, CaseIterable {
    case kind = "rope_type"
    case theta = "rope_theta"
    case factor
    case lowFrequencyFactor = "low_freq_factor"
    case highFrequencyFactor = "high_freq_factor"
    case originalMaximum = "original_max_position_embeddings"
  }

  private enum OlderKeys: String, CodingKey { case type }

  public init(theta: Double = 10_000) { self.theta = theta }

  public init(from decoder: any Decoder) throws { try self.init(from: decoder, theta: 10_000) }

  /// `theta`: what it is where `rope_theta` is not among the keys, but beside them.
  init(from decoder: any Decoder, theta outer: Double) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    let older = try decoder.container(keyedBy: OlderKeys.self)
    kind =
      try values.decodeIfPresent(Kind.self, forKey: .kind) ?? older.decodeIfPresent(Kind.self, forKey: .type)
      ?? .default
    theta = try values.decodeIfPresent(Double.self, forKey: .theta) ?? outer
    factor = try values.decodeIfPresent(Double.self, forKey: .factor) ?? 1
    lowFrequencyFactor = try values.decodeIfPresent(Double.self, forKey: .lowFrequencyFactor) ?? 1
    highFrequencyFactor = try values.decodeIfPresent(Double.self, forKey: .highFrequencyFactor) ?? 4
    originalMaximum = try values.decodeIfPresent(Double.self, forKey: .originalMaximum) ?? 8192
  }

  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(kind, forKey: .kind)
    try values.encode(theta, forKey: .theta)
    guard kind != .default else { return }
    try values.encode(factor, forKey: .factor)
    guard kind == .llama3 else { return }
    try values.encode(lowFrequencyFactor, forKey: .lowFrequencyFactor)
    try values.encode(highFrequencyFactor, forKey: .highFrequencyFactor)
    try values.encode(originalMaximum, forKey: .originalMaximum)
  }

  /// One inverse frequency for each pair of a head's `headDim` channels, as transformers' `ROPE_INIT_FUNCTIONS`.
  public func inverseFrequencies(headDim: Int) -> [Float] {
    (0..<headDim / 2).map { pair in
      // Single precision in the reference's order: exponent, power, reciprocal.
      let plain = 1 / Float(pow(Float(theta), Float(2 * pair) / Float(headDim)))
      switch kind {
      case .default: return plain
      case .linear: return plain / Float(factor)
      case .llama3: return stretched(plain)
      }
    }
  }

  /// Llama 3.1: low frequencies are divided by the factor, high ones kept, those between blended.
  private func stretched(_ frequency: Float) -> Float {
    let wavelength = 2 * Double.pi / Double(frequency)
    if wavelength > originalMaximum / lowFrequencyFactor { return frequency / Float(factor) }
    if wavelength < originalMaximum / highFrequencyFactor { return frequency }
    let smooth =
      (originalMaximum / wavelength - lowFrequencyFactor) / (highFrequencyFactor - lowFrequencyFactor)
    return Float((1 - smooth) * Double(frequency) / factor + smooth * Double(frequency))
  }
}
