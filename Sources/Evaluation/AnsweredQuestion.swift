/// A held-out question with the model's answer: for people, beside the figures.
public struct AnsweredQuestion: Codable, Sendable, Equatable {
  /// The held-out set it comes from.
  public let set: String
  public let id: String
  /// Paths of the pictures asked about; may be empty.
  public let pictures: [String]
  public let question: String
  public let truth: String
  public let answer: String
  /// Whether the answer was longer than what was asked for; `answer` is its beginning.
  public let isCut: Bool

  public init(
    set: String, id: String, pictures: [String], question: String, truth: String, answer: String, isCut: Bool
  ) {
    self.set = set
    self.id = id
    self.pictures = pictures
    self.question = question
    self.truth = truth
    self.answer = answer
    self.isCut = isCut
  }

  /// Whether the answer is the truth, word for word.
  public var isRight: Bool { !isCut && answer == truth }
}
