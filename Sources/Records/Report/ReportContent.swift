/// Everything that `report.html` shows, as plain values.
public struct ReportContent: Equatable, Sendable {
  /// A line of "what was run": model sizes, ranks, host, threads, data.
  public struct Fact: Equatable, Sendable {
    public var key: String
    public var value: String

    public init(_ key: String, _ value: String) {
      self.key = key
      self.value = value
    }
  }

  /// A result on data that was held out.
  public struct EvaluationRow: Equatable, Sendable {
    public var moment: Moment
    /// The benchmark or the held-out set.
    public var name: String
    public var metric: String
    public var value: Double
    public var unit: Unit
    /// How many samples it was measured on.
    public var count: Int

    public init(moment: Moment, name: String, metric: String, value: Double, unit: Unit = .plain, count: Int) {
      self.moment = moment
      self.name = name
      self.metric = metric
      self.value = value
      self.unit = unit
      self.count = count
    }
  }

  /// How a value is written.
  public enum Unit: Equatable, Sendable {
    case plain
    /// Between 0 and 1, written in hundredths.
    case share
  }

  /// A picture small enough to stand in the page.
  public struct Picture: Equatable, Sendable {
    public enum Format: String, Sendable {
      case png = "image/png"
      case jpeg = "image/jpeg"
    }

    public var bytes: [UInt8]
    public var format: Format

    public init(bytes: [UInt8], format: Format) {
      self.bytes = bytes
      self.format = format
    }
  }

  /// A question that the model was asked.
  public struct Example: Equatable, Sendable {
    public struct Answer: Equatable, Sendable {
      public var moment: Moment
      public var text: String
      public var correct: Bool
      /// Whether it went on; `text` is its beginning.
      public var isCut: Bool

      public init(moment: Moment, text: String, correct: Bool, isCut: Bool = false) {
        self.moment = moment
        self.text = text
        self.correct = correct
        self.isCut = isCut
      }
    }

    /// None for a question without a picture, or if the file is gone.
    public var pictures: [Picture]
    /// May be empty: a caption answers no question.
    public var question: String
    public var truth: String
    public var answers: [Answer]

    public init(pictures: [Picture], question: String, truth: String, answers: [Answer]) {
      self.pictures = pictures
      self.question = question
      self.truth = truth
      self.answers = answers
    }
  }

  public var title: String
  public var facts: [Fact]
  public var curves: RunCurves
  public var evaluations: [EvaluationRow]
  public var examples: [Example]
  public var journal: [JournalEntry]

  public init(
    title: String, facts: [Fact] = [], curves: RunCurves = RunCurves(), evaluations: [EvaluationRow] = [],
    examples: [Example] = [], journal: [JournalEntry] = []
  ) {
    self.title = title
    self.facts = facts
    self.curves = curves
    self.evaluations = evaluations
    self.examples = examples
    self.journal = journal
  }
}
