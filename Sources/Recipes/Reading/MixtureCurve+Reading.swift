extension MixtureCurve {
  /// Reads `{captions: 0.9, text: 0.1}` or a list of `{at: 0.0, weights: {...}}`.
  ///
  /// - Parameter known: the names of the recipe's data sources.
  static func read(_ mix: NodeReader, known: [String]) -> MixtureCurve? {
    if case .mapping = mix.node.content {
      return weights(mix, known: known).map { curve([(at: 0, weights: $0)], known: known) }
    }
    let shape = "the weights of data sources, or a list of {at: 0.0, weights: {...}}"
    guard let items = mix.items(shape) else { return nil }
    guard !items.isEmpty else {
      mix.report(.noEntriesGiven(need: "the weights of data sources"))
      return nil
    }
    let points = items.map { point($0, known: known) }
    var read: [(at: Double, weights: [String: Double])] = []
    for (item, point) in zip(items, points) {
      guard let point else { return nil }
      if let previous = read.last, point.at <= previous.at {
        item.report(.pointsNotIncreasing(at: point.at, previous: previous.at))
        return nil
      }
      read.append(point)
    }
    return curve(read, known: known)
  }

  private static func point(_ item: NodeReader, known: [String]) -> (at: Double, weights: [String: Double])? {
    guard let point = item.mapping("{at: 0.0, weights: {...}}") else { return nil }
    defer { point.finish() }
    let at = point.required("at", example: "at: 0.0")?.number(.share)
    let weights = point.required("weights", example: "weights: {\(known.first ?? "captions"): 1.0}")
    guard let at, let weights = weights.flatMap({ Self.weights($0, known: known) }) else { return nil }
    return (at, weights)
  }

  private static func weights(_ reader: NodeReader, known: [String]) -> [String: Double]? {
    guard let mapping = reader.mapping("the weights of data sources, like {captions: 0.9}") else { return nil }
    guard !mapping.entries.isEmpty else {
      mapping.report(.noEntriesGiven(need: "the weights of data sources"))
      return nil
    }
    var weights: [String: Double] = [:]
    for (entry, (name, value)) in zip(mapping.entries, mapping.named) {
      if !known.contains(name) {
        let nearest = NearestKey(to: name, among: known)
        reader.reading.report(
          .unknownSource(name, nearest: nearest, known: known), about: reader.key, at: entry.keyPlace)
      }
      weights[name] = value.number(.atLeast(0))
    }
    guard mapping.isSound else { return nil }
    guard weights.values.contains(where: { $0 > 0 }) else {
      mapping.report(.weightsSumToZero)
      return nil
    }
    return weights
  }

  private static func curve(_ points: [(at: Double, weights: [String: Double])], known: [String]) -> MixtureCurve {
    let sources = known.filter { name in points.contains { $0.weights[name] != nil } }
    return MixtureCurve(
      sources: sources,
      points: points.map { point in
        let at = points.count == 1 ? 0 : point.at
        return Point(at: at, weights: sources.map { point.weights[$0] ?? 0 })
      })
  }
}
