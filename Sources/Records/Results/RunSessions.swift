import Foundation

/// The times at which a run was at work, from its journal: a run may have been stopped and started again.
public struct RunSessions: Sendable {
  private let sessions: [[JournalEntry]]

  public init(_ journal: [JournalEntry]) {
    sessions = journal.reduce(into: []) { sessions, entry in
      if Self.begins(entry) || sessions.isEmpty { sessions.append([]) }
      sessions[sessions.count - 1].append(entry)
    }
  }

  /// A resumed stage is a line of its own; that one names the stage.
  private static func begins(_ entry: JournalEntry) -> Bool {
    entry.stage == nil && (entry.event == .start || entry.event == .resume)
  }

  public var count: Int { sessions.count }

  /// The details of the newest start: on what the run is at work now.
  public var newest: [String: JournalValue] { sessions.last?.first?.details ?? [:] }

  /// Seconds from each start to the last line before the next one. What a killed process did after that is not known.
  public var seconds: Double {
    sessions.reduce(0) { sum, session in
      guard let first = session.first.flatMap(Self.date), let last = session.last.flatMap(Self.date) else { return sum }
      return sum + max(0, last.timeIntervalSince(first))
    }
  }

  private static func date(_ entry: JournalEntry) -> Date? {
    try? Date(entry.time, strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: true))
  }
}
