extension Recipe {
  /// All settings in the order in which recipes are written.
  var settings: Setting {
    .map(
      [
        "seed": .integer(seed),
        "precision": .choice(precision),
        "memory": .choice(memory),
        "zero": .integer(zero.rawValue),
        "wire": .choice(wire),
        "model": model.settings,
        "data": sourceSettings(data),
        "chat_template": .choice(chatTemplate),
        "max_bad_samples": .integer(maxBadSamples),
        "max_not_finite": .integer(maxNotFinite),
        "log_every": .integer(logEvery),
        "log_samples": .scalar(logSamples ? "true" : "false"),
        "stages": .list(stages.map(\.settings), layout: .block),
        "evaluation": evaluation.settings,
        "checkpoint": .map([
          "every_steps": .integer(checkpoint.everySteps), "keep": .integer(checkpoint.keep),
          "zstd_level": .integer(checkpoint.zstdLevel),
        ]),
        "feature_cache": .map(["limit": .scalar(ByteCount.text(featureCache.limit))]),
      ], layout: .block)
  }
}

private func sourceSettings(_ sources: [DataSource]) -> Setting {
  let entries = sources.map { source in
    let settings = Setting.map([
      "format": .choice(source.format), "path": .text(source.path), "images": source.images.map(Setting.text),
      "alpha": .choice(source.alpha), "max_samples": source.maxSamples.map(Setting.integer),
    ])
    return SettingEntry(key: source.name, value: settings)
  }
  return .map(entries, layout: .block)
}

extension EvaluationPolicy {
  fileprivate var settings: Setting {
    .map(
      [
        "data": sourceSettings(data), "every_steps": .integer(everySteps),
        "max_samples": maxSamples.map(Setting.integer), "examples": .integer(examples),
      ], layout: .block)
  }
}

extension ModelSpecification {
  fileprivate var settings: Setting {
    switch weights {
    case .path(let path):
      .map(["path": .text(path), "tokenizer": .text(tokenizer)], layout: .block)
    case .parts(let parts):
      .map(
        [
          "vision": parts.vision.settings, "connector": parts.connector.settings, "language": parts.language.settings,
          "tokenizer": .text(tokenizer), "feature_layer": .integer(parts.featureLayer),
          "feature_select": .choice(parts.featureSelect),
        ], layout: .block)
    }
  }
}

extension PartOrigin {
  fileprivate var settings: Setting {
    switch self {
    case .path(let path): .map(["path": .text(path)])
    case .new(let configuration): .map(["new": configuration.settings])
    }
  }
}

extension ConfigurationValue {
  fileprivate var settings: Setting {
    switch self {
    case .null: .scalar("null")
    case .bool(let value): .scalar(value ? "true" : "false")
    case .int(let value): .integer(value)
    case .double(let value): .number(value)
    case .string(let text): .text(text)
    case .array(let values): .list(values.map(\.settings))
    case .object(let entries): .map(entries.map { SettingEntry(key: $0.key, value: $0.value.settings) })
    }
  }
}
