extension Stage {
  /// What a stage takes from the rest of the recipe.
  struct Surroundings {
    var sources: [String]
    var template: ChatTemplate
  }

  static func readAll(_ stages: NodeReader, in surroundings: Surroundings) -> [Stage] {
    guard let items = stages.items("a list of stages, each with a name") else { return [] }
    if items.isEmpty { stages.report(.noEntriesGiven(need: "a stage, like {name: align, train: ...}")) }
    var places: [String: Place] = [:]
    return items.compactMap { item in
      guard let stage = item.mapping("a stage, like {name: align, train: ...}") else { return nil }
      defer { stage.finish() }
      let nameReader = stage.required("name", example: "name: align")
      let name = nameReader?.text()
      if let nameReader, let name {
        if let first = places[name] { nameReader.report(.duplicateStage(name, first: first)) }
        places[name] = places[name] ?? nameReader.node.place
      }
      return read(stage, name: name ?? "", in: surroundings)
    }
  }

  private static func read(_ stage: MappingReader, name: String, in surroundings: Surroundings) -> Stage? {
    let objective = stage.choice("objective", default: Objective.supervised)
    let train = stage.required("train", example: "train: {connector: {lr: 1.0e-3}}").map { PartTraining.readAll($0) }
    let mix = readMix(stage, sources: surroundings.sources)
    let template = stage.choice("template", default: surroundings.template)
    let images = stage.choice("images", default: ImageUse.use)
    let batch = stage.required("batch", example: "batch: {global: 256, micro: 8}").flatMap { BatchSize.read($0) }
    let optimizer = stage.section("optimizer", "{kind: adamw, ...}", default: .standard, read: Optimizer.read)
    let schedule = stage.section("schedule", "{kind: cosine, warmup: 0.03}", default: .standard, read: Schedule.read)
    let clip = stage.number("clip", .atLeast(0), default: 1)
    let until = stage.section("until", "{epochs: 1}", default: .epochs(1), read: StageEnd.read)
    guard let train, let mix, let batch else { return nil }
    return Stage(
      name: name, objective: objective, train: train, mix: mix, template: template, images: images, batch: batch,
      optimizer: optimizer, schedule: schedule, clip: clip, until: until)
  }

  /// With a single source there is nothing to mix, so the recipe need not say it.
  private static func readMix(_ stage: MappingReader, sources: [String]) -> MixtureCurve? {
    if let mix = stage.optional("mix") { return MixtureCurve.read(mix, known: sources) }
    if sources.count > 1 { stage.report(.sourceNotChosen(known: sources)) }
    guard sources.count == 1 else { return nil }
    return MixtureCurve(sources: sources, points: [.init(at: 0, weights: [1])])
  }
}

extension BatchSize {
  /// Beyond it a typing error is likelier than a batch; every step is planned as a whole in memory.
  private static let largestBatch = 1 << 24

  /// Longer than any sample; the tokens of a micro-batch still fit an integer, but not all that is made of them.
  private static let longestSample = 1 << 24

  fileprivate static func read(_ reader: NodeReader) -> BatchSize? {
    guard let batch = reader.mapping("{global: 256, micro: 8, max_tokens: 2048}") else { return nil }
    defer { batch.finish() }
    let global = batch.required("global", example: "global: 256")?.integer(in: 1...largestBatch)
    let micro = batch.integer("micro", in: 1...Int.max, default: 1)
    let maxTokens = batch.integer("max_tokens", in: 1...longestSample, default: 2048)
    guard let global, batch.isSound else { return nil }
    if micro > global { reader.report(.microAboveGlobal(micro: micro, global: global)) }
    return BatchSize(global: global, micro: micro, maxTokens: maxTokens)
  }
}

extension StageEnd {
  fileprivate static func read(_ until: MappingReader) -> StageEnd? {
    let kinds = ["steps", "epochs", "plateau"]
    let given = kinds.filter { until.has($0) }
    if given.count > 1 { until.report(.alternatives(given)) }
    if given.isEmpty { until.report(.noAlternative(kinds)) }
    let steps = until.optional("steps")?.integer(in: 1...Int.max)
    let epochs = until.optional("epochs")?.number(.above(0))
    let plateau = until.optional("plateau")?.mapping("{patience: 3, min_delta: 0.01}")
    if let plateau { return Plateau.read(plateau).map(StageEnd.plateau) }
    return steps.map(StageEnd.steps) ?? epochs.map(StageEnd.epochs)
  }
}

extension Plateau {
  fileprivate static func read(_ plateau: MappingReader) -> Plateau? {
    defer { plateau.finish() }
    let patience = plateau.required("patience", example: "patience: 3")?.integer(in: 1...Int.max)
    let minDelta = plateau.number("min_delta", .atLeast(0), default: 0)
    let maxEpochs = plateau.integer("max_epochs", in: 1...Int.max, default: 100)
    return patience.map { Plateau(patience: $0, minDelta: minDelta, maxEpochs: maxEpochs) }
  }
}
