import Profiling

/// Where the time of a profile went: phases, the operations in each, and what no span covers, which add up to all of it.
public struct ProfileTable: Sendable, Equatable {
  public struct Row: Sendable, Equatable {
    public let name: String
    /// Nanoseconds.
    public let time: UInt64
    /// nil where single calls mean nothing: for rests.
    public let calls: Int?
    public let flops: Int
  }

  /// A phase and what it consists of, longest first and the rest last.
  public struct Phase: Sendable, Equatable {
    public let total: Row
    public let rows: [Row]
  }

  /// Of the thread that computes, longest first.
  public let phases: [Phase]
  /// Time outside of all phases.
  public let other: Row
  public let total: Row
  /// What other threads did meanwhile.
  public let threads: [Phase]
  private let title: String

  /// `rank`: whose profile it is.
  public init(_ result: ProfileResult, rank: Int, ranks: Int) {
    let main = result.threads.first?.sums ?? []
    let names = Set(main.map(\.phase))
    phases = names.compactMap { $0 }.map { name in Self.phase(name, main.filter { $0.phase == name }) }
      .sorted { ($0.total.time, $1.total.name) > ($1.total.time, $0.total.name) }
    let loose = Self.phase("other", main.filter { $0.phase == nil })
    let covered = phases.reduce(0) { $0 + $1.total.time }
    other = Row(name: "other", time: result.time - covered, calls: nil, flops: loose.total.flops)
    total = Row(
      name: "total", time: result.time, calls: nil, flops: phases.reduce(other.flops) { $0 + $1.total.flops })
    // Two threads of one name, such as those of two stages, are one.
    let others = Dictionary(grouping: result.threads.dropFirst(), by: \.name)
    threads = others.sorted { $0.key < $1.key }.map { name, threads in
      Self.phase("thread \(name)", threads.flatMap(\.sums))
    }
    let mean =
      result.steps == 0 ? "" : " of \(Figures.fixed(Double(result.time) / 1e9 / Double(result.steps), digits: 4)) s"
    title = "profile of rank \(rank) of \(ranks): \(result.steps) steps\(mean)"
  }

  private static func phase(_ name: String, _ sums: [ProfileResult.Sum]) -> Phase {
    func row(_ name: String, _ sums: [ProfileResult.Sum], counts: Bool = true) -> Row {
      Row(
        name: name, time: sums.reduce(0) { $0 + $1.time }, calls: counts ? sums.reduce(0) { $0 + $1.calls } : nil,
        flops: sums.reduce(0) { $0 + $1.flops })
    }
    let rest = sums.filter { $0.operation == nil }
    let operations = Dictionary(grouping: sums.filter { $0.operation != nil }) { $0.operation ?? "" }
      .map { row($0.key, $0.value) }.sorted { ($0.time, $1.name) > ($1.time, $0.name) }
    let calls = rest.isEmpty ? nil : rest.reduce(0) { $0 + $1.calls }
    let all = row(name, sums)
    return Phase(
      total: Row(name: name, time: all.time, calls: calls, flops: all.flops),
      rows: operations + (rest.isEmpty || operations.isEmpty ? [] : [row("other", rest, counts: false)]))
  }

  /// The table for a terminal, with the shares of the total time. Rates are floating-point operations of products over
  /// the time of their row.
  public var text: String {
    var lines = [
      title, Self.padded("", 36) + ["share %", "seconds", "calls", "mean ms", "GFLOP/s"].map(Self.right).joined(),
    ]
    for phase in phases {
      lines.append(line(phase.total))
      lines += phase.rows.map { line($0, indent: "  ") }
    }
    lines += [line(other), line(total)]
    for thread in threads {
      lines.append(line(thread.total))
      lines += thread.rows.map { line($0, indent: "  ") }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private func line(_ row: Row, indent: String = "") -> String {
    let seconds = Double(row.time) / 1e9
    let columns = [
      Figures.fixed(total.time == 0 ? 0 : 100 * Double(row.time) / Double(total.time), digits: 2),
      Figures.fixed(seconds, digits: 3), row.calls.map { "\($0)" } ?? "",
      row.calls.map { Figures.fixed(1e3 * seconds / Double(max(1, $0)), digits: 3) } ?? "",
      row.flops == 0 || row.time == 0 ? "" : Figures.fixed(Double(row.flops) / Double(row.time), digits: 1),
    ]
    let all = Self.padded(indent + row.name, 36) + columns.map(Self.right).joined()
    return String(all.reversed().drop { $0 == " " }.reversed())
  }

  private static func padded(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(1, width - text.count))
  }

  private static func right(_ text: String) -> String {
    String(repeating: " ", count: max(1, 11 - text.count)) + text
  }
}
