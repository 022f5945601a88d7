import Foundation

/// The checkout that these tests belong to, and the program built beside them.
enum Checkout {
  static func file(_ path: String) -> URL {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent(path)
  }

  static var program: String {
    URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
      .appendingPathComponent("vlm-dist").path
  }

  /// The scripts of launch/ and cluster/: files that begin with a shell's `#!`, and what they source.
  static func scripts() throws -> [String] {
    try ["launch", "cluster", "cluster/drills", ".ci"].flatMap { folder in
      try FileManager.default.contentsOfDirectory(atPath: file(folder).path).map { "\(folder)/\($0)" }
    }
    .filter { path in
      let text = try? String(contentsOf: file(path), encoding: .utf8)
      return path.hasSuffix(".sh") || text?.hasPrefix("#!/usr/bin/env bash") == true
    }
    .sorted()
  }
}

/// A folder for one test, gone with it.
final class TemporaryFolder: Sendable {
  let path: String

  init() throws {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("cluster-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    path = url.path
  }

  deinit { remove() }

  func remove() { try? FileManager.default.removeItem(atPath: path) }

  /// An executable file with these lines of bash.
  func script(_ name: String, _ lines: String) throws {
    try Data("#!/usr/bin/env bash\n\(lines)\n".utf8).write(to: URL(fileURLWithPath: "\(path)/\(name)"))
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: "\(path)/\(name)")
  }
}
