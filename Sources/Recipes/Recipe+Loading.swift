import Foundation

extension Recipe {
  /// More than any recipe; keeps a wrong path (a checkpoint, a device) from filling the memory.
  static let maximumBytes = 1 << 20

  /// Reads a recipe file. Relative paths in it start from its folder, those in overrides from the working folder;
  /// whether the files exist is not looked at.
  ///
  /// - Parameters:
  ///   - path: a YAML file.
  ///   - text: what it will hold, where it is not there yet.
  ///   - overrides: `key.path=value` each, like `stages.align.until.steps=20`; later ones win.
  /// - Throws: ``RecipeError/unreadable(path:reason:)`` or ``RecipeError/problems(_:)``.
  public static func load(
    path: String, text: String? = nil, overrides: [String] = []
  ) throws(RecipeError) -> Recipe {
    let yaml: String
    if let text { yaml = text } else { yaml = try contents(of: path) }
    let workingFolder = FileManager.default.currentDirectoryPath
    let file = resolved(path, from: workingFolder)
    let folder = file[..<(file.lastIndex(of: "/") ?? file.startIndex)]
    return try parse(
      yaml: yaml, source: path, overrides: overrides,
      reading: Reading(folder: folder.isEmpty ? "/" : String(folder), workingFolder: workingFolder))
  }

  /// Reads the text of a recipe. Relative paths stay as they are.
  ///
  /// - Parameters:
  ///   - source: what errors call the text, like `recipe.yaml`.
  ///   - overrides: `key.path=value` each, like `stages.align.until.steps=20`; later ones win.
  /// - Throws: ``RecipeError/problems(_:)``.
  public static func parse(yaml: String, source: String, overrides: [String] = []) throws(RecipeError) -> Recipe {
    try parse(
      yaml: yaml, source: source, overrides: overrides, reading: Reading(folder: nil, workingFolder: nil))
  }

  private static func parse(
    yaml: String, source: String, overrides: [String], reading: Reading
  ) throws(RecipeError) -> Recipe {
    var root: YAMLNode
    do throws(Problem) {
      root = try tree(of: yaml, source: source)
    } catch {
      throw .problems([error])
    }
    for override in overrides {
      do throws(Problem) {
        root = try Override(override).applied(to: root)
      } catch {
        reading.report(error)
      }
    }
    let recipe = read(NodeReader(root, key: "", reading: reading), source: source)
    guard let recipe, reading.problems.isEmpty else { throw .problems(reading.sortedProblems) }
    return recipe
  }

  private static func tree(of yaml: String, source: String) throws(Problem) -> YAMLNode {
    if let root = try YAMLComposer.compose(yaml, source: source), !root.isNull { return root }
    throw Problem(place: .file(source: source, line: 1, column: 1), key: "", fault: .empty)
  }

  private static func contents(of path: String) throws(RecipeError) -> String {
    let bytes: Data?
    do {
      let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
      defer { try? file.close() }
      bytes = try file.read(upToCount: maximumBytes + 1)
    } catch {
      let exists = FileManager.default.fileExists(atPath: path)
      throw .unreadable(path: path, reason: exists ? "it is a folder or not readable" : "there is no such file")
    }
    guard let bytes, bytes.count <= maximumBytes else {
      throw .unreadable(path: path, reason: bytes == nil ? "it is empty" : "it is larger than \(maximumBytes) bytes")
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw .unreadable(path: path, reason: "it is no UTF-8 text")
    }
    return text
  }
}
