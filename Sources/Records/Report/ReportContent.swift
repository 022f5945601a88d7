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

  /// Stages whose losses mean the same and stand on one chart. A stage that no group names gets a chart of its own.
  public struct StageGroup: Equatable, Sendable {
    public var title: String
    public var stages: [String]

    public init(title: String, stages: [String]) {
      self.title = title
      self.stages = stages
    }
  }

  /// Before or after a stage.
  public enum When: String, Codable, Sendable {
    case before, after
  }

  /// A result on data that was held out.
  public struct EvaluationRow: Equatable, Sendable {
    public var stage: String
    public var when: When
    /// The benchmark or the held-out set.
    public var name: String
    public var metric: String
    public var value: Double
    /// How many samples it was measured on.
    public var count: Int

    public init(stage: String, when: When, name: String, metric: String, value: Double, count: Int) {
      self.stage = stage
      self.when = when
      self.name = name
      self.metric = metric
      self.value = value
      self.count = count
    }
  }

  /// A question that the model was asked.
  public struct Example: Equatable, Sendable {
    public struct Answer: Equatable, Sendable {
      /// When it was given: "before", "after align".
      public var when: String
      public var text: String
      public var correct: Bool

      public init(when: String, text: String, correct: Bool) {
        self.when = when
        self.text = text
        self.correct = correct
      }
    }

    /// A PNG file; nil for a question without a picture.
    public var imagePNG: [UInt8]?
    public var question: String
    public var truth: String
    public var answers: [Answer]

    public init(imagePNG: [UInt8]?, question: String, truth: String, answers: [Answer]) {
      self.imagePNG = imagePNG
      self.question = question
      self.truth = truth
      self.answers = answers
    }
  }

  public var title: String
  /// One sentence under the title; may be empty.
  public var subtitle: String
  public var facts: [Fact]
  public var curves: RunCurves
  public var stageGroups: [StageGroup]
  public var evaluations: [EvaluationRow]
  public var examples: [Example]
  public var journal: [JournalEntry]

  public init(
    title: String, subtitle: String = "", facts: [Fact] = [], curves: RunCurves = RunCurves(),
    stageGroups: [StageGroup] = [], evaluations: [EvaluationRow] = [], examples: [Example] = [],
    journal: [JournalEntry] = []
  ) {
    self.title = title
    self.subtitle = subtitle
    self.facts = facts
    self.curves = curves
    self.stageGroups = stageGroups
    self.evaluations = evaluations
    self.examples = examples
    self.journal = journal
  }
}
