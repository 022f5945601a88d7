import Foundation

/// The targets of Package.swift in the order they are written: a house in which one imports only downwards.
struct Diagram {
  struct Target: Equatable {
    let name: String
    let isTest: Bool
    /// Targets and products of other packages, as declared.
    let dependencies: [String]
    /// Those of them that come from other packages.
    let products: [String]
  }

  let targets: [Target]

  /// What comes with the compiler; everything else is declared.
  static let system: Set<String> = [
    "Foundation", "FoundationXML", "Glibc", "Dispatch", "Synchronization", "Testing", "Swift",
  ]

  /// Reads the calls `.target(...)`, `.executableTarget(...)`, `.systemLibrary(...)` and `.testTarget(...)`.
  init(package text: String) {
    let text = text.split(separator: "\n", omittingEmptySubsequences: false)
      .filter { !$0.trimmingCharacters(in: .whitespaces).hasPrefix("//") }.joined(separator: "\n")
    targets = text.matches(of: /\.(target|executableTarget|systemLibrary|testTarget)\(/).map { match in
      let body = Self.balanced(text[match.range.upperBound...], open: "(", close: ")")
      let name = body.firstMatch(of: /name:\s*"([^"]+)"/).map { String($0.1) } ?? ""
      let list = body.firstRange(of: /dependencies:\s*\[/).map {
        Self.balanced(body[$0.upperBound...], open: "[", close: "]")
      }
      let product = /\.product\(name:\s*"([^"]+)",\s*package:\s*"[^"]+"\)/
      let products = (list ?? "").matches(of: product).map { String($0.1) }
      let own = (list ?? "").replacing(product, with: "").matches(of: /"([^"]+)"/).map { String($0.1) }
      return Target(name: name, isTest: match.1 == "testTarget", dependencies: own + products, products: products)
    }
  }

  /// The text up to the bracket that closes the one before it.
  private static func balanced(_ text: Substring, open: Character, close: Character) -> Substring {
    var depth = 1
    for index in text.indices {
      if text[index] == open { depth += 1 }
      if text[index] == close { depth -= 1 }
      if depth == 0 { return text[..<index] }
    }
    return text
  }

  /// Dependencies that are not declared above the target that has them.
  func upwardDependencies() -> [String] {
    targets.enumerated().flatMap { place, target in
      target.dependencies.filter { dependency in
        !target.products.contains(dependency) && !targets[..<place].contains { $0.name == dependency }
      }.map { "\(target.name) depends on \($0), which is not declared above it" }
    }
  }

  /// What is wrong with the imports of one file of a target.
  func faults(ofImports source: String, in target: String, file: String) -> [String] {
    guard let declared = targets.first(where: { $0.name == target }) else {
      return ["\(file): \(target) is not a target of Package.swift"]
    }
    return Self.imports(source).filter { !Self.system.contains($0) && !declared.dependencies.contains($0) }
      .map { "\(file): \(target) imports \($0), which Package.swift does not list among its dependencies" }
  }

  /// The modules that a Swift file imports.
  static func imports(_ source: String) -> [String] {
    source.matches(
      of:
        /(?m)^[ \t]*(?:@\w+(?:\([^)]*\))?\s+)*(?:(?:public|package|internal|fileprivate|private)\s+)?import\s+(?:(?:struct|class|enum|protocol|func|var|let|typealias|actor)\s+)?(\w+)/
    ).map { String($0.1) }
  }
}
