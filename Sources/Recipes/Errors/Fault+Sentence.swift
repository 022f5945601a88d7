extension Fault {
  /// What is wrong with a setting and what to do, in one line.
  func sentence(about key: String) -> String {
    switch self {
    case .syntax(let words):
      "this is no YAML: \(words)"
    case .empty:
      "the recipe is empty; give at least model, data and stages"
    case .duplicateKey(let name):
      "duplicate key \(quoted(name)); keep one"
    case .explicitTag(let tag):
      "recipes have no type marks like \(quoted(tag)); remove it, and put text that looks like a number in quotes"
    case .keyNotText(let found):
      "expected a key in \(key), found \(found)"
    case .mergeNotMapping(let found):
      "expected a mapping, or a list of mappings, to merge into \(key), found \(found)"
    case .tooManyValues(let limit):
      "the recipe has more than \(limit) values; a recipe lists settings, samples belong into data files"
    case .nestedTooDeep(let limit):
      "\(key) is nested more than \(limit) levels deep; make it flatter"
    case .malformedOverride:
      "expected key.path=value, like stages.0.batch.global=64"
    case .noEntries(let step, let found):
      "\(step) is \(found) and has no entries to set; shorten the key"
    case .noSuchEntry(let step, let available):
      "no such entry in \(step); it has \(available.joined(separator: ", "))"
    case .unknownKey(let name, let nearest, let known):
      "unknown key \(quoted(name)) in \(key); \(suggestion(nearest))known: \(known.joined(separator: ", "))"
    case .missingKey(let name, let example):
      "\(key) has no \(name); add one, like \(example)"
    case .wrongType(let expected, let found):
      "\(key): expected \(expected), found \(found)"
    case .notAChoice(let found, let nearest, let choices):
      "\(key): \(quoted(found)) is no choice; \(suggestion(nearest))choose \(listed(choices))"
    case .outOfRange(let found, let allowed):
      "\(key): \(found) is out of range; it must be \(allowed)"
    case .emptyText:
      "\(key) is empty; give it a value or remove it"
    case .alternatives(let names):
      "\(key) has \(names.joined(separator: " and ")), which exclude each other; keep one"
    case .noAlternative(let names):
      "\(key) is not decided; give it \(listed(names))"
    case .unknownSource(let name, let nearest, let known):
      "\(key) mixes \(quoted(name)), which is not under data; \(suggestion(nearest))"
        + "known: \(known.joined(separator: ", "))"
    case .sourceNotChosen(let known):
      "\(key) has no mix; there is more than one data source, so give the weights of \(known.joined(separator: ", "))"
    case .noEntriesGiven(let need):
      "\(key) is empty; add \(need)"
    case .duplicateStage(let name, let first):
      "\(key): the name \(quoted(name)) is taken by the stage at \(first); rename one"
    case .trainsNothing:
      "\(key) is empty, so the stage would train nothing; name a part, like {connector: {lr: 1.0e-3}}"
    case .microAboveGlobal(let micro, let global):
      "\(key): micro (\(micro)) is above global (\(global)); a global batch is made of micro-batches, lower micro"
    case .weightsSumToZero:
      "\(key): the weights sum to 0, so there is nothing to draw from; make one of them positive"
    case .pointsNotIncreasing(let at, let previous):
      "\(key): \(at) comes after \(previous); the points of a curriculum must increase, put them in order"
    case .onlyWith(let setting):
      "\(key) goes only with \(setting); remove it"
    case .unusable(let reason):
      "\(key): \(reason)"
    }
  }
}

private func suggestion(_ nearest: NearestKey?) -> String {
  guard let nearest else { return "" }
  return nearest.isLikely ? "did you mean \(quoted(nearest.key))? " : "the nearest is \(quoted(nearest.key)); "
}

private func listed(_ words: [String]) -> String {
  guard let last = words.last, words.count > 1 else { return words.first ?? "" }
  return words.dropLast().joined(separator: ", ") + " or " + last
}
