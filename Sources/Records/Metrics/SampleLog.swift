import Foundation

/// `samples.jsonl`: which samples each step took, in the order of the global batch. It shows that the order depends on
/// nothing but the seed.
public final class SampleLog {
  /// One line.
  public struct Line: Codable, Equatable, Sendable {
    /// Counted over the whole run, from 1.
    public var step: Int
    /// `source/id` of each sample that was used.
    public var samples: [String]

    public init(step: Int, samples: [String]) {
      self.step = step
      self.samples = samples
    }
  }

  private let file: AppendOnlyFile

  /// Opens or makes the file. `resumeAfterStep`: nil starts an empty file; otherwise lines after that step are cut off,
  /// because these steps will be run again.
  public init(path: String, resumeAfterStep: Int?) throws(RecordsError) {
    var kept: UInt64 = 0
    if let resumeAfterStep, FileManager.default.fileExists(atPath: path) {
      kept = try extent(of: Line.self, path: path, through: resumeAfterStep).length
    }
    file = try AppendOnlyFile(path: path, keeping: kept)
  }

  /// Adds a line; it can be read at once. Call `flush` before saying that it is safe.
  public func append(_ line: Line) throws(RecordsError) {
    let samples = "[" + line.samples.map(JSONText.string).joined(separator: ", ") + "]"
    let text = JSONText.object([(key: "step", value: String(line.step)), (key: "samples", value: samples)])
    try file.append(Array((text + "\n").utf8))
  }

  /// Returns when every line is on the device (fsync).
  public func flush() throws(RecordsError) {
    try file.flush()
  }

  /// All lines; a last line that was only half written is passed over.
  public static func read(path: String) throws(RecordsError) -> [Line] {
    var reader = try LineReader(path: path)
    var lines: [Line] = []
    while let line = try reader.next(), line.isComplete { lines.append(try decodeLine(Line.self, line, path: path)) }
    return lines
  }
}

extension SampleLog.Line: StepLine {}
