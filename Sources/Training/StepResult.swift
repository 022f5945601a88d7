import Datasets
import Foundation

/// A sample that went into a step.
struct UsedSample: Codable, Sendable {
  let source: Int
  let id: String
}

/// What one micro-batch contributes to a step's figures.
struct LeafRecord: Codable, Sendable {
  let leaf: Int
  /// Σ of negative log-likelihoods, by source number.
  var loss: [Double]
  /// Supervised tokens, by source number.
  var supervised: [Int]
  var samples = 0
  var tokens = 0
  var bad: [BadSample] = []
  /// Ids of the samples with the numbers of their sources, where the recipe asks for a log of them.
  var used: [UsedSample]?

  init(leaf: Int, sources: Int) {
    self.leaf = leaf
    loss = [Double](repeating: 0, count: sources)
    supervised = [Int](repeating: 0, count: sources)
  }
}

extension LeafRecord {
  /// A loss may be infinite or not a number, and every rank must hear of it.
  private static let (positive, negative, nan) = ("inf", "-inf", "nan")

  static func encode(_ records: [LeafRecord]) throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: positive, negativeInfinity: negative, nan: nan)
    return [UInt8](try encoder.encode(records))
  }

  static func decode(_ bytes: [UInt8]) throws -> [LeafRecord] {
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: positive, negativeInfinity: negative, nan: nan)
    return try decoder.decode([LeafRecord].self, from: Data(bytes))
  }
}

/// The figures of a step over the global batch: the same on every rank.
public struct StepResult: Sendable {
  /// Mean negative log-likelihood of the supervised tokens of the global batch; not a number if none could be used.
  public let loss: Double
  /// The same for each source that had supervised tokens, by source number.
  public let sourceLoss: [Int: Double]
  /// Norm of the mean gradient before clipping.
  public let gradientNorm: Double
  /// Whether the parameters were changed: not if the gradient was not finite, nor if no sample could be used.
  public let applied: Bool
  public let samples: Int
  public let tokens: Int
  public let supervisedTokens: Int
  public let bad: [BadSample]
  /// The samples in the order of the global batch; empty unless the step was told to name them.
  let used: [UsedSample]
  /// How long this rank took, its wait for data aside.
  var seconds: PhaseSeconds

  init(leaves: [LeafRecord], gradientNorm: Double, applied: Bool, seconds: PhaseSeconds) {
    // Summed in leaf order, so the figures have the same bits for every number of ranks.
    let ordered = leaves.sorted { $0.leaf < $1.leaf }
    let sources = ordered.first?.loss.count ?? 0
    var losses = [Double](repeating: 0, count: sources)
    var counts = [Int](repeating: 0, count: sources)
    for leaf in ordered {
      for source in 0..<sources {
        losses[source] += leaf.loss[source]
        counts[source] += leaf.supervised[source]
      }
    }
    supervisedTokens = counts.reduce(0, +)
    loss = supervisedTokens > 0 ? losses.reduce(0, +) / Double(supervisedTokens) : .nan
    sourceLoss = Dictionary(
      uniqueKeysWithValues: (0..<sources).filter { counts[$0] > 0 }.map { ($0, losses[$0] / Double(counts[$0])) })
    samples = ordered.reduce(0) { $0 + $1.samples }
    tokens = ordered.reduce(0) { $0 + $1.tokens }
    bad = ordered.flatMap(\.bad)
    used = ordered.flatMap { $0.used ?? [] }
    self.gradientNorm = gradientNorm
    self.applied = applied
    self.seconds = seconds
  }
}
