import Foundation
import Testing

/// The files of the project, found from where this file was compiled.
struct Checkout {
  let root: URL

  init(from here: String = #filePath) throws {
    root = URL(fileURLWithPath: here).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    try #require(FileManager.default.fileExists(atPath: root.appendingPathComponent("Package.swift").path))
  }

  func text(_ path: String) throws -> String {
    try String(contentsOf: root.appendingPathComponent(path), encoding: .utf8)
  }

  /// Names in a folder, without hidden ones.
  func names(in folder: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: root.appendingPathComponent(folder).path)
      .filter { !$0.hasPrefix(".") }.sorted()
  }

  /// All files below a folder with one of these endings; an empty ending takes files without one.
  func files(below folder: String, endings: Set<String>) throws -> [String] {
    let base = root.appendingPathComponent(folder).path
    let names = try #require(FileManager.default.subpaths(atPath: base))
    return names.filter { name in
      var isDirectory: ObjCBool = false
      let exists = FileManager.default.fileExists(atPath: base + "/" + name, isDirectory: &isDirectory)
      return exists && !isDirectory.boolValue && endings.contains((name as NSString).pathExtension)
    }.map { folder + "/" + $0 }.sorted()
  }
}
