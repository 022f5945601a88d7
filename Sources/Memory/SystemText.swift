import Foundation

/// The texts in which Linux describes itself.
public enum SystemText {
  /// Empty where it cannot be read.
  public static func read(_ path: String) -> String { (try? String(contentsOfFile: path, encoding: .utf8)) ?? "" }

  /// What follows the colon in the first line that begins with `key`; empty without such a line.
  public static func value(of key: String, in text: String) -> String {
    let line = text.split(separator: "\n").first { line in
      line.hasPrefix(key) && line.dropFirst(key.count).first { $0 != " " && $0 != "\t" } == ":"
    }
    guard let line else { return "" }
    return line.drop { $0 != ":" }.dropFirst().trimmingCharacters(in: .whitespaces)
  }
}
