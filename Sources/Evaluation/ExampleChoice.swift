import Datasets

/// Which held-out samples are shown to people: the first ones, spread over the sets and over the kinds of questions.
enum ExampleChoice {
  /// Questions that begin with the same two words are of a kind: "What colour", "How many".
  static func kind(of question: String) -> String {
    question.split(whereSeparator: \.isWhitespace).prefix(2).joined(separator: " ")
  }

  /// At most `count` samples. `kinds`: for each set the kind of each sample, nil where a sample cannot be used.
  ///
  /// Every kind gets its first sample before any gets its second, and the sets take turns.
  static func spread(kinds: [[String?]], count: Int) -> [SampleReference] {
    var candidates: [(round: Int, place: Int, reference: SampleReference)] = []
    for (set, kinds) in kinds.enumerated() {
      var places: [String: Int] = [:]
      var seen: [String: Int] = [:]
      for (index, kind) in kinds.enumerated() {
        guard let kind else { continue }
        let place = places[kind] ?? places.count
        places[kind] = place
        candidates.append((seen[kind, default: 0], place, SampleReference(source: set, index: index)))
        seen[kind, default: 0] += 1
      }
    }
    let ordered = candidates.sorted {
      ($0.round, $0.place, $0.reference.source, $0.reference.index)
        < ($1.round, $1.place, $1.reference.source, $1.reference.index)
    }
    return ordered.prefix(count).map(\.reference)
  }
}
