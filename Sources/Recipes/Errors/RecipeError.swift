/// Why a recipe cannot be used.
public enum RecipeError: Error, Equatable, Sendable {
  /// The file cannot be read, or is no text.
  case unreadable(path: String, reason: String)
  /// Everything that is wrong with the recipe, in the order of the file; never empty.
  case problems([Problem])
  /// A setting that recipes have but this program does not carry out.
  case notYetSupported(UnsupportedSetting, key: String, place: Place)
}

/// A setting that ``Recipe/unsupportedSettings`` found.
public enum UnsupportedSetting: Equatable, Sendable {
  case objective(Objective)
  case lowRankAdapter
  case lastLanguageLayers
}

/// One thing that is wrong with a recipe.
public struct Problem: Equatable, Sendable {
  public var place: Place
  /// The setting, as in `stages[0].optimizer`; empty for the recipe itself.
  public var key: String
  public var fault: Fault
}

/// Where a setting was written.
public enum Place: Equatable, Sendable {
  /// Line and column count from 1, columns in Unicode scalars.
  case file(source: String, line: Int, column: Int)
  /// A `key.path=value` of the command line.
  case override(String)
}
