import Profiling

/// A profile in Chrome's trace event format (JSON object form), which chrome://tracing and ui.perfetto.dev show.
///
/// A rank is a process (`pid`), its threads are threads (`tid`), spans are complete events (`ph` "X"), names are metadata
/// events (`ph` "M"). Times are microseconds of the host's monotonic clock, so the ranks of a host lie side by side.
public struct ChromeTrace: Sendable {
  /// A trace without events: stands where the trace will be, from the start of a profile on.
  public static let empty = "{\"traceEvents\": []}\n"

  private let result: ProfileResult
  private let rank: Int
  private let host: String

  public init(_ result: ProfileResult, rank: Int, host: String) {
    self.result = result
    self.rank = rank
    self.host = host
  }

  /// The file, an event per line.
  public var json: String {
    var text = "{\"displayTimeUnit\": \"ms\", \"otherData\": {\"spans_left_out\": \(result.spansLeftOut)}, "
    text += "\"traceEvents\": [\n"
    text += metadata("process_name", thread: 0, "\"name\": \(JSONText.string("rank \(rank) on \(host)"))")
    text += ",\n" + metadata("process_sort_index", thread: 0, "\"sort_index\": \(rank)")
    for (number, thread) in result.threads.enumerated() {
      text += ",\n" + metadata("thread_name", thread: number, "\"name\": \(JSONText.string(thread.name))")
      text += ",\n" + metadata("thread_sort_index", thread: number, "\"sort_index\": \(number)")
    }
    for span in result.spans {
      text += ",\n"
      append(span, to: &text)
    }
    return text + "\n]}\n"
  }

  private func metadata(_ name: String, thread: Int, _ argument: String) -> String {
    "{\"ph\": \"M\", \"name\": \"\(name)\", \"pid\": \(rank), \"tid\": \(thread), \"args\": {\(argument)}}"
  }

  private func append(_ span: ProfileSpan, to text: inout String) {
    let (category, argument) =
      switch span.kind {
      case .step: ("step", "\"step\": \(span.amount)")
      case .phase: ("phase", "")
      case .operation: ("operation", span.amount == 0 ? "" : "\"flops\": \(span.amount)")
      }
    text += "{\"ph\": \"X\", \"name\": \(JSONText.string(span.name)), \"cat\": \"\(category)\", "
    text += "\"ts\": \(Self.microseconds(span.start)), \"dur\": \(Self.microseconds(span.duration)), "
    text += "\"pid\": \(rank), \"tid\": \(span.thread), \"args\": {\(argument)}}"
  }

  /// Exact: a clock of days in microseconds has more digits than a float would keep apart.
  private static func microseconds(_ nanoseconds: UInt64) -> String {
    let rest = "\(nanoseconds % 1000)"
    return "\(nanoseconds / 1000)." + String(repeating: "0", count: 3 - rest.count) + rest
  }
}
