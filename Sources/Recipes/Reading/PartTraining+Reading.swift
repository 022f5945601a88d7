extension PartTraining {
  static func readAll(_ reader: NodeReader) -> [PartTraining] {
    guard let train = reader.mapping("the parts that train, like {connector: {lr: 1.0e-3}}") else { return [] }
    let parts = ModelPart.allCases.compactMap { part in
      train.optional(part.rawValue).map { read($0, part: part) }
    }
    train.finish()
    if parts.isEmpty, train.isSound { train.report(.trainsNothing) }
    return parts.compactMap(\.self)
  }

  private static func read(_ reader: NodeReader, part: ModelPart) -> PartTraining? {
    guard let training = reader.mapping("a mapping like {lr: 1.0e-3}") else { return nil }
    defer { training.finish() }
    let lr = training.required("lr", example: "lr: 1.0e-3")?.number(.atLeast(0))
    let lora = training.optional("lora")?.mapping("{rank: 64, alpha: 16}").flatMap { LowRankAdapter.read($0) }
    let lastLayers = training.optional("last_layers")
    if part != .vision, part != .language {
      lastLayers?.report(.onlyWith("vision and language, the parts with layers"))
    }
    let count = lastLayers?.integer(in: 1...Int.max)
    guard let lr else { return nil }
    return PartTraining(part: part, lr: lr, lora: lora, lastLayers: count)
  }
}

extension LowRankAdapter {
  fileprivate static func read(_ lora: MappingReader) -> LowRankAdapter? {
    defer { lora.finish() }
    let rank = lora.required("rank", example: "rank: 64")?.integer(in: 1...Int.max)
    let alpha = lora.required("alpha", example: "alpha: 16")?.number(.above(0))
    let dropout = lora.number("dropout", .belowOne, default: 0)
    guard let rank, let alpha else { return nil }
    return LowRankAdapter(rank: rank, alpha: alpha, dropout: dropout)
  }
}
