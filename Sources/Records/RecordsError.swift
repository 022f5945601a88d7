/// What can go wrong while the records of a run are written or read.
public enum RecordsError: Error, Equatable, Sendable {
  case cannotOpen(path: String, reason: String)
  case cannotRead(path: String, reason: String)
  case cannotWrite(path: String, reason: String)
  /// A line that is complete but does not hold what it should. `line` counts from 1.
  case malformedLine(path: String, line: Int, reason: String)
  /// A line longer than any this program writes, so the file is something else.
  case lineTooLong(path: String, line: Int, limit: Int)
}

extension RecordsError: CustomStringConvertible {
  /// One line: what, where, and what to do.
  public var description: String {
    switch self {
    case .cannotOpen(let path, let reason):
      "cannot open \(path): \(reason); check that the run directory exists and is yours"
    case .cannotRead(let path, let reason):
      "cannot read \(path): \(reason)"
    case .cannotWrite(let path, let reason):
      "cannot write \(path): \(reason); make room or choose another run directory, then run again to continue"
    case .malformedLine(let path, let line, let reason):
      "\(path):\(line): \(reason); remove this line, or move the file away to start a new one"
    case .lineTooLong(let path, let line, let limit):
      "\(path):\(line): longer than \(limit) bytes, so this is not a file of records; move it away"
    }
  }
}
