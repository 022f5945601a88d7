/// A sample as the model takes it: token ids, labels, pictures.
public struct PreparedSample: Sendable, Equatable {
  public let id: String
  /// Number of the source in the recipe's order.
  public let source: Int
  public let tokens: [Int32]
  /// -100 where nothing is supervised.
  public let labels: [Int32]
  /// In the order of the placeholders.
  public let images: [SampleImage]

  public init(id: String, source: Int, tokens: [Int32], labels: [Int32], pictures: [SampleImage]) {
    self.id = id
    self.source = source
    self.tokens = tokens
    self.labels = labels
    images = pictures
  }

  /// `images`: pixel values [3, H, W] of each.
  public init(id: String, source: Int, tokens: [Int32], labels: [Int32], images: [[Float]]) {
    self.init(
      id: id, source: source, tokens: tokens, labels: labels, pictures: images.map { .pixels($0, digest: nil) })
  }

  /// Positions that are compared with a label: the first token is predicted by nothing.
  public var supervisedTokens: Int { labels.dropFirst().count { $0 >= 0 } }
}

/// A sample that could not be used, and why.
public struct BadSample: Codable, Sendable, Equatable {
  public let source: String
  public let index: Int
  /// The sentence for the user: what, where, what to do.
  public let reason: String

  public init(source: String, index: Int, reason: String) {
    self.source = source
    self.index = index
    self.reason = reason
  }
}

/// The samples of one micro-batch, the unit of summation: loaded whole on one rank.
public struct MicroBatch: Sendable {
  public let samples: [PreparedSample]
  public let bad: [BadSample]

  public init(samples: [PreparedSample], bad: [BadSample]) {
    self.samples = samples
    self.bad = bad
  }

  public var tokens: [Int32] { samples.flatMap(\.tokens) }
  public var labels: [Int32] { samples.flatMap(\.labels) }
  /// Cumulative lengths of the samples, beginning with 0.
  public var starts: [Int] { samples.reduce(into: [0]) { $0.append(($0.last ?? 0) + $1.tokens.count) } }
  public var imageCount: Int { samples.reduce(0) { $0 + $1.images.count } }
  /// All pictures in the order of the placeholders.
  public var images: [SampleImage] { samples.flatMap(\.images) }
  /// All pixels in that order, of pictures that have them.
  public var pixels: [Float] {
    images.flatMap { image -> [Float] in if case .pixels(let values, _) = image { values } else { [] } }
  }
}
