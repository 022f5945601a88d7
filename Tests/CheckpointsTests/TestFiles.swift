import Foundation

@testable import Checkpoints

/// A directory that goes with the test.
final class TemporaryDirectory {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.appending(path: "checkpoints-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  var entries: [String] { (try? FileManager.default.contentsOfDirectory(atPath: path))?.sorted() ?? [] }

  /// Writes a file into it and returns its path.
  func file(_ name: String, _ bytes: [UInt8]) throws -> String {
    try Data(bytes).write(to: URL(filePath: "\(path)/\(name)"))
    return "\(path)/\(name)"
  }
}

func golden(_ name: String) throws -> String {
  guard let resources = Bundle.module.resourcePath else { throw CocoaError(.fileNoSuchFile) }
  return "\(resources)/Golden/\(name)"
}

func contents(_ path: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(filePath: path))) }

/// A safetensors file of the given header and number of data bytes.
func safetensors(_ header: String, data: Int) -> [UInt8] {
  withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian, Array.init) + Array(header.utf8)
    + [UInt8](repeating: 1, count: data)
}

/// The error of `body`, or nil.
func failure(_ body: () throws(CheckpointError) -> Void) -> CheckpointError? {
  do {
    try body()
    return nil
  } catch {
    return error
  }
}
