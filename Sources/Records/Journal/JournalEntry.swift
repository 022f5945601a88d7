/// What kinds of decisions the coordinator takes.
public enum JournalEvent: String, Codable, CaseIterable, Sendable {
  case start, resume, stage, curriculum, checkpoint, evaluation, examples, features, skip, stop, finish, warning
}

/// One line of `journal.jsonl`.
public struct JournalEntry: Equatable, Sendable {
  /// ISO 8601, UTC, with milliseconds: `2026-01-31T23:59:59.000Z`.
  public var time: String
  public var event: JournalEvent
  /// Nil for what concerns the whole run.
  public var stage: String?
  /// The last step that was done when the decision fell; 0 before the first one.
  public var step: Int
  /// Why, in words.
  public var reason: String
  public var details: [String: JournalValue]

  public init(
    time: String, event: JournalEvent, stage: String?, step: Int, reason: String, details: [String: JournalValue] = [:]
  ) {
    self.time = time
    self.event = event
    self.stage = stage
    self.step = step
    self.reason = reason
    self.details = details
  }

  var jsonLine: String {
    JSONText.object([
      (key: "time", value: JSONText.string(time)),
      (key: "event", value: JSONText.string(event.rawValue)),
      (key: "stage", value: stage.map(JSONText.string) ?? "null"),
      (key: "step", value: String(step)),
      (key: "reason", value: JSONText.string(reason)),
      (key: "details", value: JSONText.object(details, \.json)),
    ])
  }
}

extension JournalEntry: Decodable {}
