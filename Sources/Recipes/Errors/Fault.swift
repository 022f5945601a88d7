/// What is wrong at the place of a ``Problem``.
public enum Fault: Equatable, Sendable {
  // The text.
  /// The text is no YAML; the YAML reader's own words.
  case syntax(String)
  case empty
  case duplicateKey(String)
  /// A `!!type` mark.
  case explicitTag(String)
  case keyNotText(found: String)
  case mergeNotMapping(found: String)
  /// More values than a recipe can need, aliases counted where they are used.
  case tooManyValues(limit: Int)
  case nestedTooDeep(limit: Int)

  // Overrides.
  case malformedOverride
  /// The override's way leads through something that has no entries.
  case noEntries(step: String, found: String)
  case noSuchEntry(step: String, available: [String])

  // Single settings.
  case unknownKey(String, nearest: NearestKey?, known: [String])
  case missingKey(String, example: String)
  case wrongType(expected: String, found: String)
  case notAChoice(found: String, nearest: NearestKey?, choices: [String])
  case outOfRange(found: String, allowed: String)
  case emptyText

  // Settings that do not go together.
  case alternatives([String])
  case noAlternative([String])
  case unknownSource(String, nearest: NearestKey?, known: [String])
  case sourceNotChosen(known: [String])
  case noEntriesGiven(need: String)
  case duplicateStage(String, first: Place)
  case trainsNothing
  case microAboveGlobal(micro: Int, global: Int)
  case weightsSumToZero
  case pointsNotIncreasing(at: Double, previous: Double)
  case onlyWith(String)

  /// What the model, the data or the machine make impossible; see ``Recipe/refusal(of:_:)``.
  case unusable(String)
}
