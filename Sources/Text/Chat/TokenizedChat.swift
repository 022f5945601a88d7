/// A chat as a model sees it.
public struct TokenizedChat: Sendable, Equatable {
  /// The label of a token that is not trained (`ignore_index` of PyTorch's cross entropy).
  public static let ignored: Int32 = -100

  public var tokens: [Int32]
  /// As many as `tokens`: the token itself where it is trained, else `ignored`. Not shifted: the model predicts
  /// `labels[i]` from the tokens before `i`.
  public var labels: [Int32]
  /// Where the copies of the image token stand, one range for each image that is (still) in `tokens`.
  public var imageSpans: [Range<Int>]

  public init(tokens: [Int32] = [], labels: [Int32] = [], imageSpans: [Range<Int>] = []) {
    self.tokens = tokens
    self.labels = labels
    self.imageSpans = imageSpans
  }

  /// How many tokens are trained.
  public var trainedCount: Int { labels.count { $0 != Self.ignored } }

  /// The first tokens, at most `maximum`. The cut is never inside an image: an image that does not fit goes with all
  /// that follows it.
  func truncated(to maximum: Int) -> TokenizedChat {
    guard tokens.count > maximum else { return self }
    let limit = max(0, maximum)
    let end = imageSpans.first { $0.lowerBound < limit && limit < $0.upperBound }?.lowerBound ?? limit
    return TokenizedChat(
      tokens: Array(tokens[..<end]), labels: Array(labels[..<end]),
      imageSpans: imageSpans.filter { $0.upperBound <= end })
  }
}
