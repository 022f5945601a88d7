import Foundation
import SwiftProtobuf

/// A TensorBoard event file with scalars: `events.out.tfevents.<seconds>.<host>`.
///
/// Each start of a run writes a file of its own, as TensorBoard expects; a resumed run marks the step it goes on from,
/// and TensorBoard drops what the earlier file holds from that step on.
public final class EventFile {
  public let path: String
  private let file: AppendOnlyFile
  private let now: () -> Double

  /// Makes a new file in `directory`, which must exist.
  /// - Parameters:
  ///   - host: part of the file's name; everything that does not belong in a name is replaced.
  ///   - firstStep: the first step that will be written; above 1 in a resumed run.
  ///   - now: seconds since 1970.
  public init(
    directory: String, host: String = ProcessInfo.processInfo.hostName, firstStep: Int = 1,
    now: @escaping () -> Double = { Date().timeIntervalSince1970 }
  ) throws(RecordsError) {
    let seconds = now()
    let name = "events.out.tfevents.\(Int(seconds)).\(Self.fileName(host))"
    path = Self.unused(URL(fileURLWithPath: directory).appendingPathComponent(name).path)
    file = try AppendOnlyFile(path: path, keeping: nil)
    self.now = now
    try append(TensorBoardEvent(wallTime: seconds, step: 0, what: .fileVersion("brain.Event:2")))
    if firstStep > 1 {
      let start = TensorBoardSessionLog.with { $0.status = .start }
      try append(TensorBoardEvent(wallTime: seconds, step: firstStep, what: .sessionLog(start)))
    }
  }

  /// Writes scalars of one step, in the order given; they can be read at once.
  public func append(step: Int, scalars: [(tag: String, value: Float)]) throws(RecordsError) {
    let summary = TensorBoardSummary.with { summary in
      summary.value = scalars.map { scalar in
        TensorBoardSummary.Value.with {
          $0.tag = scalar.tag
          $0.simpleValue = scalar.value
        }
      }
    }
    try append(TensorBoardEvent(wallTime: now(), step: step, what: .summary(summary)))
  }

  /// Writes a step's metrics: `loss`, `grad_norm`, `loss_by_source/…`, `lr/…`, `throughput/…`.
  public func append(_ metrics: StepMetrics) throws(RecordsError) {
    var scalars = [(tag: "loss", value: metrics.loss), (tag: "grad_norm", value: metrics.gradNorm)]
    scalars += metrics.sourceLoss.sorted { $0.key < $1.key }.map { ("loss_by_source/\($0.key)", $0.value) }
    scalars += metrics.lr.sorted { $0.key < $1.key }.map { ("lr/\($0.key)", Float($0.value)) }
    if metrics.seconds > 0 {
      scalars.append(("throughput/samples_per_second", Float(Double(metrics.samples) / metrics.seconds)))
      scalars.append(("throughput/tokens_per_second", Float(Double(metrics.tokens) / metrics.seconds)))
    }
    try append(step: metrics.step, scalars: scalars)
  }

  /// Returns when everything is on the device (fsync).
  public func flush() throws(RecordsError) {
    try file.flush()
  }

  /// A record: length, its checksum, the message, its checksum; all little-endian.
  private func append(_ event: TensorBoardEvent) throws(RecordsError) {
    let message: [UInt8]
    do {
      message = try event.serializedBytes()
    } catch {
      throw .cannotWrite(path: path, reason: "the event cannot be encoded: \(error)")
    }
    let length = littleEndian(UInt64(message.count))
    try file.append(
      length + littleEndian(maskedCRC32C(length)) + message + littleEndian(maskedCRC32C(message)))
  }

  private static func fileName(_ host: String) -> String {
    let name = host.map { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == ".") ? $0 : "-" }
    return name.isEmpty ? "localhost" : String(name.prefix(64))
  }

  /// Two starts within a second must not share a file; TensorBoard reads files in the order of their names.
  private static func unused(_ path: String) -> String {
    var candidate = path
    var count = 0
    while FileManager.default.fileExists(atPath: candidate) {
      count += 1
      candidate = "\(path).\(count)"
    }
    return candidate
  }
}

extension TensorBoardEvent {
  fileprivate init(wallTime: Double, step: Int, what: OneOf_What) {
    self.init()
    self.wallTime = wallTime
    self.step = Int64(step)
    self.what = what
  }
}

private func littleEndian(_ value: some FixedWidthInteger & UnsignedInteger) -> [UInt8] {
  (0..<value.bitWidth / 8).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
}
