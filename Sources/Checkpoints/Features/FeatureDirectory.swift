import Foundation

/// `features/` of a run directory: a directory for each model and way of preparing pictures, named by a fingerprint.
public struct FeatureDirectory: Sendable {
  public let path: String

  public init(run: String) { path = run + "/features" }

  /// Where the features of this fingerprint are.
  public func path(_ fingerprint: UInt64) -> String { "\(path)/\(XXH64.text(fingerprint))" }

  /// Bytes of all files in it.
  public var bytes: Int {
    Self.names(path).reduce(0) { sum, name in
      Self.names("\(path)/\(name)").reduce(sum) { sum, file in
        var status = stat()
        return stat("\(path)/\(name)/\(file)", &status) == 0 ? sum + Int(status.st_size) : sum
      }
    }
  }

  /// Removes the features of all other fingerprints: the model that they are of is no more. Several ranks may do so at
  /// once.
  public func remove(except kept: Set<UInt64>) {
    let names = Set(kept.map(XXH64.text))
    for name in Self.names(path) where !names.contains(name) {
      for file in Self.names("\(path)/\(name)") { unlink("\(path)/\(name)/\(file)") }
      rmdir("\(path)/\(name)")
    }
  }

  /// The pairs of files in a directory, by their names without ending, in order.
  static func stems(_ directory: String) -> [String] {
    names(directory).filter { $0.hasPrefix("rank-") && $0.hasSuffix(".index") }.map { String($0.dropLast(6)) }
  }

  /// The names in a directory, in order, without hidden ones; none if it is not there.
  private static func names(_ directory: String) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []).filter { !$0.hasPrefix(".") }.sorted()
  }
}
