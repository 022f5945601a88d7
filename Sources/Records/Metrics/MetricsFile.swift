import Foundation

/// `metrics.jsonl`: a line per step, written by rank 0 as the run goes on.
public final class MetricsFile {
  /// The step of the last line, 0 while there is none. After a resume this tells whether lines are missing.
  public private(set) var lastStep: Int
  private let file: AppendOnlyFile

  /// Opens or makes the file.
  /// - Parameter resumeAfterStep: nil starts an empty file. Otherwise lines after that step are cut off, because
  ///   these steps will be run again, and so is a last line that was only half written.
  /// - Throws: `cannotOpen`; `malformedLine` for a complete line that is no metrics.
  public init(path: String, resumeAfterStep: Int?) throws(RecordsError) {
    var kept = (length: UInt64(0), lastStep: 0)
    if let resumeAfterStep, FileManager.default.fileExists(atPath: path) {
      kept = try extent(of: StepMetrics.self, path: path, through: resumeAfterStep)
    }
    file = try AppendOnlyFile(path: path, keeping: kept.length)
    lastStep = kept.lastStep
  }

  /// Adds a line; it can be read at once. Call `flush` before saying that it is safe.
  public func append(_ metrics: StepMetrics) throws(RecordsError) {
    try file.append(Array((metrics.jsonLine + "\n").utf8))
    lastStep = metrics.step
  }

  /// Returns when every line is on the device (fsync).
  public func flush() throws(RecordsError) {
    try file.flush()
  }

  /// All lines; a last line that was only half written is passed over.
  public static func read(path: String) throws(RecordsError) -> [StepMetrics] {
    var result: [StepMetrics] = []
    try forEach(path: path) { result.append($0) }
    return result
  }

  /// Gives the lines one by one in constant memory; a last line that was only half written is passed over.
  public static func forEach(path: String, _ body: (StepMetrics) -> Void) throws(RecordsError) {
    var reader = try LineReader(path: path)
    while let line = try reader.next(), line.isComplete {
      body(try decodeLine(StepMetrics.self, line, path: path))
    }
  }
}

extension StepMetrics: StepLine {}

/// One line of JSON, or the error that names the line.
func decodeLine<Value: Decodable>(
  _ type: Value.Type, _ line: LineReader.Line, path: String
) throws(RecordsError) -> Value {
  do {
    return try JSONDecoder().decode(type, from: line.bytes)
  } catch let error as DecodingError {
    throw .malformedLine(path: path, line: line.number, reason: reason(of: error))
  } catch {
    throw .malformedLine(path: path, line: line.number, reason: "not a line of JSON")
  }
}
