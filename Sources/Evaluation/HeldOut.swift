import Datasets
import Models
import Tensors

/// Sums over held-out samples: what ranks add up.
public struct HeldOutSums: Codable, Sendable, Equatable {
  /// Σ negative log-likelihood of supervised tokens, natural logarithm.
  public var nll = 0.0
  public var tokens = 0
  /// Samples whose every supervised token greedy decoding would have produced: the answer is right, word for word.
  public var exact = 0
  public var samples = 0
  /// Samples that could not be used.
  public var bad = 0
  /// What is wrong with the first of them, as a sentence.
  public var firstBad: String?

  public init() {}

  public static func + (a: HeldOutSums, b: HeldOutSums) -> HeldOutSums {
    var sum = a
    sum.nll += b.nll
    sum.tokens += b.tokens
    sum.exact += b.exact
    sum.samples += b.samples
    sum.bad += b.bad
    sum.firstBad = a.firstBad ?? b.firstBad
    return sum
  }

  public var loss: Double { nll / Double(max(1, tokens)) }
  public var accuracy: Double { Double(exact) / Double(max(1, samples)) }

  /// Adds one sample's losses.
  public mutating func add(_ score: (losses: [Float], correct: [Bool])) {
    for loss in score.losses { nll += Double(loss) }
    tokens += score.losses.count
    samples += 1
    if score.correct.allSatisfy({ $0 }) { exact += 1 }
  }
}
