/// The parts of a model whose parameters train.
public struct TrainedParts: OptionSet, Sendable {
  public let rawValue: Int

  public init(rawValue: Int) { self.rawValue = rawValue }

  /// The vision tower, as far as its features are used.
  public static let vision = TrainedParts(rawValue: 1)
  public static let connector = TrainedParts(rawValue: 2)
  /// The decoder layers and the final norm.
  public static let language = TrainedParts(rawValue: 4)
  /// The embeddings, and the head where it is tied to them.
  public static let embeddings = TrainedParts(rawValue: 8)
  /// A head of its own; of no meaning where it is tied.
  public static let head = TrainedParts(rawValue: 16)
}
