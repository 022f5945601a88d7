import ArgumentParser
import Foundation
import Recipes

/// The first word of a command line that is neither a command nor a recipe.
enum CommandFault: Error, Equatable {
  case unknown(String, nearest: NearestKey?)
  /// A command of the design that this version does not have. `commands`: those it has.
  case notYet(String, commands: [String])
}

extension CommandFault: CustomStringConvertible {
  var description: String {
    switch self {
    case .unknown(let word, let nearest):
      "there is no command and no recipe \"\(word)\""
        + (nearest.flatMap { $0.isLikely ? "; did you mean \"\($0.key)\"?" : nil } ?? "")
    case .notYet(let word, let commands):
      "the command \(word) is not supported yet; there are \(commands.joined(separator: ", "))"
    }
  }
}

extension CommandFault {
  private static let planned = ["evaluate", "serve", "plan"]

  /// Looks at the first word before the options are: without a command it would be a recipe, and the options those of
  /// `train`. A word that could be a path, or is a file, is left to it.
  static func check(_ arguments: [String], commands: [String]) throws(CommandFault) {
    guard let word = arguments.first, !word.isEmpty, !word.hasPrefix("-"), word != "help", !commands.contains(word)
    else { return }
    if planned.contains(word) { throw .notYet(word, commands: commands) }
    guard !word.contains("."), !word.contains("/"), !FileManager.default.fileExists(atPath: word) else { return }
    throw .unknown(String(word.prefix(60)), nearest: NearestKey(to: word, among: commands + planned))
  }
}
