import Checkpoints
import Communication
import Foundation

/// What came of writing a file in the run directory on rank 0 and looking for it on the other hosts.
public struct FolderFacts: Codable, Equatable, Sendable {
  /// Where, on rank 0.
  public var path: String
  /// Why rank 0 could not write there; nil if it could.
  public var fault: String?
  /// Seconds until a small file was on the disk, the median of some.
  public var syncSeconds: Double?
  /// Numbers of the hosts that do not see rank 0's file.
  public var blindHosts: [Int]

  public init(path: String, fault: String? = nil, syncSeconds: Double? = nil, blindHosts: [Int] = []) {
    self.path = path
    self.fault = fault
    self.syncSeconds = syncSeconds
    self.blindHosts = blindHosts
  }
}

/// A file that rank 0 writes and the others look for.
struct FolderProbe: Codable, Equatable {
  /// Its name, and what it holds.
  let name: String
  let content: String
  /// How many components of the run directory do not exist yet: the file lies in the part that does.
  let missing: Int

  init(directory: String) {
    content = UUID().uuidString
    name = ".vlm-dist-doctor-\(content)"
    missing = ExistingFolder(directory).missing
  }

  /// The file's path on this rank, which may have another working directory than rank 0.
  func path(in directory: String) -> String {
    var url = URL(fileURLWithPath: directory)
    for _ in 0..<missing { url.deleteLastPathComponent() }
    return url.appendingPathComponent(name).path
  }

  /// Writes the file some times over.
  func write(in directory: String) -> FolderFacts {
    let path = path(in: directory)
    var facts = FolderFacts(path: URL(fileURLWithPath: path).deletingLastPathComponent().path)
    do {
      let seconds = try (0..<5).map { _ in
        let start = MonotonicClock.nanoseconds()
        let file = try DurableFile(path: path)
        try file.write(Array(content.utf8))
        try file.finish()
        return Double(MonotonicClock.nanoseconds() - start) / 1e9
      }
      facts.syncSeconds = seconds.sorted()[2]
    } catch CheckpointError.system(let action, _, let code) {
      facts.fault = "\(action): \(String(cString: strerror(code)))"
    } catch {
      facts.fault = "\(error)"
    }
    return facts
  }

  /// Whether the file is there with its content. A network file system may take some seconds to show it: `patience`.
  func isSeen(in directory: String, patience: Double) -> Bool {
    let path = path(in: directory)
    let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
    let end = Date().addingTimeInterval(patience)
    repeat {
      // The list of a folder is asked for anew where a single name may be remembered as absent.
      _ = try? FileManager.default.contentsOfDirectory(atPath: folder)
      if (try? String(contentsOfFile: path, encoding: .utf8)) == content { return true }
      usleep(100_000)
    } while Date() < end
    return false
  }

  func remove(in directory: String) { try? FileManager.default.removeItem(atPath: path(in: directory)) }
}
