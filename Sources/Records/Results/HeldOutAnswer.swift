/// A held-out question with the model's answer, as the journal keeps it.
public struct HeldOutAnswer: Equatable, Sendable {
  public var moment: Moment
  public var set: String
  public var id: String
  /// Paths of the pictures asked about; may be empty.
  public var pictures: [String]
  public var question: String
  public var truth: String
  public var text: String
  public var isRight: Bool
  /// Whether the answer went on; `text` is its beginning.
  public var isCut: Bool

  public init(
    moment: Moment, set: String, id: String, pictures: [String], question: String, truth: String, text: String,
    isRight: Bool, isCut: Bool
  ) {
    self.moment = moment
    self.set = set
    self.id = id
    self.pictures = pictures
    self.question = question
    self.truth = truth
    self.text = text
    self.isRight = isRight
    self.isCut = isCut
  }

  /// The details of a line that holds all `answers` of a moment.
  public static func details(_ answers: [HeldOutAnswer]) -> [String: JournalValue] {
    ["when": .text(answers.first?.moment.when.word ?? ""), "answers": .list(answers.map(\.value))]
  }

  /// The answers of a line; empty for a line that is something else.
  public static func all(_ entry: JournalEntry) -> [HeldOutAnswer] {
    guard entry.event == .examples, let moment = Moment(entry), case .list(let values)? = entry.details["answers"]
    else { return [] }
    return values.compactMap { HeldOutAnswer($0, moment: moment) }
  }

  private var value: JournalValue {
    .table([
      "set": .text(set), "id": .text(id), "pictures": .list(pictures.map { .text($0) }), "question": .text(question),
      "truth": .text(truth), "answer": .text(text), "right": .flag(isRight), "cut": .flag(isCut),
    ])
  }

  private init?(_ value: JournalValue, moment: Moment) {
    guard case .table(let table) = value, let set = table["set"]?.text, let id = table["id"]?.text,
      case .list(let pictures)? = table["pictures"], let question = table["question"]?.text,
      let truth = table["truth"]?.text, let text = table["answer"]?.text, case .flag(let isRight)? = table["right"],
      case .flag(let isCut)? = table["cut"]
    else { return nil }
    self.init(
      moment: moment, set: set, id: id, pictures: pictures.compactMap(\.text), question: question, truth: truth,
      text: text, isRight: isRight, isCut: isCut)
  }
}
