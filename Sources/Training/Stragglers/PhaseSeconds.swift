import Communication
import Foundation
import Records

/// How long the phases of one step took on one rank, in seconds.
struct PhaseSeconds: Codable, Equatable, Sendable {
  /// Waiting for samples.
  var data = 0.0
  /// Forward and backward passes.
  var compute = 0.0
  /// Waiting for the other ranks: what communication costs beyond what the backward pass hides, and their lateness.
  var communication = 0.0
  var optimizer = 0.0
  /// Micro-batches that this rank computed.
  var leaves = 0

  private static let names: [(String, KeyPath<PhaseSeconds, Double> & Sendable)] = [
    ("data", \.data), ("compute", \.compute), ("communication", \.communication), ("optimizer", \.optimizer),
  ]

  /// Collective. Those of every rank on rank 0, an empty list on the others.
  func gathered(_ communicator: any Communicator) throws -> [PhaseSeconds] {
    guard communicator.size > 1 else { return [self] }
    return try communicator.gather([UInt8](try JSONEncoder().encode(self)), to: 0)
      .map { try JSONDecoder().decode(PhaseSeconds.self, from: Data($0)) }
  }

  /// Each phase over the ranks, for a line of the metrics.
  static func spread(_ ranks: [PhaseSeconds]) -> [String: StepMetrics.Phase] {
    var spread: [String: StepMetrics.Phase] = [:]
    for (name, phase) in names {
      let values = ranks.map { $0[keyPath: phase] }
      guard let most = values.max(), let slowest = values.firstIndex(of: most), let least = values.min() else {
        continue
      }
      spread[name] = StepMetrics.Phase(min: least, median: median(values), max: most, slowestRank: slowest)
    }
    return spread
  }

  /// The lower one of the two in the middle where their number is even.
  static func median(_ values: [Double]) -> Double { values.sorted()[(values.count - 1) / 2] }
}
