import Foundation

/// A rank's flight recorder as a file, `RUN/flight/rank-N.json`: how it stood when the run was given up.
struct FlightRecord {
  let rank: Int
  let host: String
  /// Why it is written.
  let reason: String
  let position: FlightRecorder.Position
  /// The newest last.
  let operations: [FlightRecorder.Operation]
  /// The moment, on the clock of the operations.
  let now: UInt64

  /// A line for each operation; ages and durations in seconds.
  var json: String {
    let lines = operations.map { operation in
      let began = seconds(operation.began, now)
      let took = operation.ended.map { "\(seconds(operation.began, $0))" } ?? "null"
      let buckets = operation.buckets.map {
        "{\"of\": \($0.all), \"folded\": \($0.folded), \"started\": \($0.started), \"finished\": \($0.finished)}"
      }
      return "    {\"number\": \(operation.number), \"operation\": \(Self.quoted(operation.name)), "
        + "\"bytes\": \(operation.bytes), \"buckets\": \(buckets ?? "null"), "
        + "\"step\": \(operation.step), \"began_seconds_ago\": \(began), \"seconds\": \(took)}"
    }
    return """
      {
        "rank": \(rank),
        "host": \(Self.quoted(host)),
        "reason": \(Self.quoted(reason)),
        "step": \(position.step),
        "phase": \(Self.quoted(position.phase)),
        "idle_seconds": \(position.idleSeconds),
        "operations": [
      \(lines.joined(separator: ",\n"))
        ]
      }

      """
  }

  private func seconds(_ start: UInt64, _ end: UInt64) -> Double { Double(end - min(start, end)) / 1e9 }

  static func quoted(_ text: String) -> String {
    var quoted = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "\\": quoted += "\\\(scalar)"
      case _ where scalar.value < 0x20: quoted += " "
      default: quoted.unicodeScalars.append(scalar)
      }
    }
    return quoted + "\""
  }

  /// Writes it into `folder`, which is made; a file that an earlier start left is replaced.
  /// - Returns: whether it is there. The run ends anyway, so there is nothing else to do about it.
  func write(into folder: String) -> Bool {
    mkdir(folder, 0o777)
    let file = URL(fileURLWithPath: folder + "/rank-\(rank).json")
    return (try? Data(json.utf8).write(to: file, options: .atomic)) != nil
  }
}
