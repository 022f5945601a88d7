extension Recipe {
  /// Reads the tree of a recipe.
  ///
  /// - Returns: nil if a problem was reported that leaves a hole; with other problems a recipe that must not be used.
  static func read(_ root: NodeReader, source: String) -> Recipe? {
    guard let top = root.mapping("a mapping with model, data and stages") else { return nil }
    defer { top.finish() }
    let seed = top.integer("seed", in: 0...Int.max, default: 7)
    let precision = top.choice("precision", default: Precision.fp32)
    let memory = top.choice("memory", default: ActivationMemory.keep)
    let zero = ZeroStage(rawValue: top.integer("zero", in: 0...ZeroStage.allCases.count - 1, default: 0)) ?? .none
    let wire = top.choice("wire", default: GradientWire.fp32)
    let model = top.required("model", example: "model: {path: llava-dir}")?
      .mapping("{path: ...}, or vision, connector and language").flatMap { ModelSpecification.read($0) }
    let data = readData(top)
    let template = top.choice("chat_template", default: ChatTemplate.auto)
    let surroundings = Stage.Surroundings(sources: data.names, template: template)
    let stages = top.required("stages", example: "stages: [{name: align, train: ...}]")
      .map { Stage.readAll($0, in: surroundings) }
    let checkpoint = top.section(
      "checkpoint", "{every_steps: 200, keep: 3}", default: .standard, read: CheckpointPolicy.read)
    let evaluation = top.section(
      "evaluation", "{data: {...}, every_steps: 200}", default: .standard, read: EvaluationPolicy.read)
    let featureCache = top.section(
      "feature_cache", "{limit: 8GB}", default: .standard, read: FeatureCachePolicy.read)
    let maxBadSamples = top.integer("max_bad_samples", in: 0...Int.max, default: 100)
    let maxNotFinite = top.integer("max_not_finite", in: 1...Int.max, default: 5)
    let logEvery = top.integer("log_every", in: 1...Int.max, default: 1)
    let logSamples = top.flag("log_samples", default: false)
    guard let model, let stages else { return nil }
    return Recipe(
      seed: seed, precision: precision, memory: memory, zero: zero, wire: wire, model: model, data: data.sources,
      stages: stages,
      checkpoint: checkpoint, evaluation: evaluation, featureCache: featureCache, maxBadSamples: maxBadSamples,
      maxNotFinite: maxNotFinite,
      chatTemplate: template,
      logEvery: logEvery,
      logSamples: logSamples, places: SettingPlaces(source: source, byKey: root.reading.places))
  }

  /// The names come apart from the sources: a source with a fault in it still is one that a stage may mix.
  private static func readData(_ top: MappingReader) -> (sources: [DataSource], names: [String]) {
    let data = top.required("data", example: "data: {captions: {format: llava, path: captions.json}}")
    guard let mapping = data?.mapping("data sources, like {captions: {format: llava, path: captions.json}}") else {
      return ([], [])
    }
    if mapping.entries.isEmpty {
      mapping.report(.noEntriesGiven(need: "a source, like {captions: {format: llava, path: captions.json}}"))
    }
    return (DataSource.readAll(mapping), mapping.entries.map(\.key))
  }
}

extension CheckpointPolicy {
  fileprivate static let standard = CheckpointPolicy(everySteps: 200, keep: 3, zstdLevel: 1)

  fileprivate static func read(_ checkpoint: MappingReader) -> CheckpointPolicy {
    CheckpointPolicy(
      everySteps: checkpoint.integer("every_steps", in: 0...Int.max, default: standard.everySteps),
      keep: checkpoint.integer("keep", in: 1...Int.max, default: standard.keep),
      zstdLevel: checkpoint.integer("zstd_level", in: 1...22, default: standard.zstdLevel))
  }
}

extension EvaluationPolicy {
  fileprivate static let standard = EvaluationPolicy(data: [], everySteps: 0, maxSamples: nil, examples: 6)

  fileprivate static func read(_ evaluation: MappingReader) -> EvaluationPolicy {
    let data = evaluation.optional("data")?.mapping(
      "held-out sets, like {heldout: {format: llava, path: heldout.json}}")
    return EvaluationPolicy(
      data: data.map(DataSource.readAll) ?? [],
      everySteps: evaluation.integer("every_steps", in: 0...Int.max, default: standard.everySteps),
      maxSamples: evaluation.optional("max_samples")?.integer(in: 1...Int.max),
      examples: evaluation.integer("examples", in: 0...100, default: standard.examples))
  }
}

extension FeatureCachePolicy {
  fileprivate static let standard = FeatureCachePolicy(limit: 0)

  fileprivate static func read(_ cache: MappingReader) -> FeatureCachePolicy {
    FeatureCachePolicy(limit: cache.required("limit", example: "limit: 8GB")?.byteCount() ?? standard.limit)
  }
}
