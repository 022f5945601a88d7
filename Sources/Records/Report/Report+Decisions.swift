extension Report {
  /// The journal as a timeline. Checkpoints in a row become one line, and a very long journal loses its middle.
  func decisions() -> HTML {
    guard !content.journal.isEmpty else { return "" }
    let lines = JournalLine.folded(content.journal)
    let (head, tail) = (lines.prefix(Self.shown / 2), lines.dropFirst(Self.shown / 2).suffix(Self.shown / 2))
    let left = lines.count - head.count - tail.count
    let gap: HTML =
      left > 0 ? "<tr class=\"gap\"><td colspan=\"5\">\(left) more in journal.jsonl</td></tr>\n" : ""
    return """
      <div class="scroll card"><table class="timeline">
      <thead><tr><th>time (UTC)</th><th class="number">step</th><th>stage</th><th>decision</th>\
      <th>reason</th></tr></thead>
      <tbody>
      \(head.map(row))\(gap)\(tail.map(row))</tbody></table></div>

      """
  }

  /// How many lines the page shows.
  private static let shown = 300

  private func row(_ line: JournalLine) -> HTML {
    let entry = line.last
    // The answers stand in their own section.
    let shown = entry.event == .examples ? [:] : entry.details
    let details: [HTML] = shown.sorted { $0.key < $1.key }.map {
      "<span class=\"detail\"><b>\($0.key)</b> \($0.value.description)</span> "
    }
    let steps = line.count > 1 ? "\(line.first.step) – \(entry.step)" : String(entry.step)
    let times: HTML = line.count > 1 ? " <small>×\(line.count)</small>" : ""
    let event = entry.event.rawValue
    return """
      <tr><td class="time">\(Self.readable(line.first.time))</td><td class="number">\(steps)</td>\
      <td>\(entry.stage ?? "")</td><td><span class="event \(event)">\(event)</span>\(times)</td>\
      <td class="reason">\(entry.reason) \(details)</td></tr>

      """
  }

  /// `2026-01-31 23:59:59`, from `2026-01-31T23:59:59.000Z`.
  private static func readable(_ time: String) -> String {
    time.count == 24 && time.hasSuffix("Z") ? String(time.prefix(19)).replacing("T", with: " ") : time
  }
}

/// One line of the timeline: an entry, or several checkpoints of a stage without another decision in between.
struct JournalLine {
  var first: JournalEntry
  var last: JournalEntry
  var count: Int

  static func folded(_ entries: [JournalEntry]) -> [JournalLine] {
    entries.reduce(into: []) { lines, entry in
      if let previous = lines.last, entry.event == .checkpoint, previous.last.event == .checkpoint,
        previous.last.stage == entry.stage
      {
        lines[lines.count - 1].last = entry
        lines[lines.count - 1].count += 1
      } else {
        lines.append(JournalLine(first: entry, last: entry, count: 1))
      }
    }
  }
}
