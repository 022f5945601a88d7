extension ModelSpecification {
  private static let partNames = ["vision", "connector", "language"]

  static func read(_ model: MappingReader) -> ModelSpecification? {
    defer { model.finish() }
    model.allow(["path"] + partNames + ["feature_layer", "feature_select", "tokenizer"])
    switch (model.has("path"), partNames.contains { model.has($0) }) {
    case (true, false): return readWhole(model)
    case (false, true): return readParts(model)
    case (true, true): model.report(.alternatives(["path", "parts of its own"]))
    case (false, false): model.report(.noAlternative(["path", "vision, connector and language"]))
    }
    return nil
  }

  private static func readWhole(_ model: MappingReader) -> ModelSpecification? {
    for feature in ["feature_layer", "feature_select"] {
      model.optional(feature)?.report(.onlyWith("separate parts, a whole model says it in its config.json"))
    }
    let tokenizer = model.optional("tokenizer")?.path()
    guard let folder = model.optional("path")?.path() else { return nil }
    return ModelSpecification(weights: .path(folder), tokenizer: tokenizer ?? folder)
  }

  private static func readParts(_ model: MappingReader) -> ModelSpecification? {
    let layer = model.integer("feature_layer", in: -1000...1000, default: -1)
    let select = model.choice("feature_select", default: FeatureSelect.patch)
    let vision = model.required("vision", example: "vision: {path: siglip-dir}")
      .flatMap { PartOrigin.read($0, keys: PartKeys.vision) }
    let connector = model.required("connector", example: "connector: {new: {kind: mlp2x_gelu}}")
      .flatMap { PartOrigin.read($0, keys: PartKeys.connector) }
    let language = model.required("language", example: "language: {path: smollm2-dir}")
      .flatMap { LanguageOrigin($0) }
    let tokenizer = model.optional("tokenizer")
    if language?.tokenizer != nil {
      tokenizer?.report(.onlyWith("a language part that does not name a tokenizer itself"))
    }
    guard let vision, let connector, let language else { return nil }
    let parts = ModelParts(
      vision: vision, connector: connector, language: language.origin, featureLayer: layer, featureSelect: select)
    if let folder = tokenizer?.path() ?? language.tokenizer ?? language.folder {
      return ModelSpecification(weights: .parts(parts), tokenizer: folder)
    }
    guard tokenizer == nil else { return nil }
    model.report(.missingKey("tokenizer", example: "tokenizer: tokenizer-dir, since a new language part brings none"))
    return nil
  }
}

/// The language part and the tokenizer that may stand beside it.
private struct LanguageOrigin {
  var origin: PartOrigin
  var tokenizer: String?

  init?(_ reader: NodeReader) {
    var tokenizer: NodeReader?
    let origin = PartOrigin.read(reader, keys: PartKeys.language) { tokenizer = $0.optional("tokenizer") }
    guard let origin else { return nil }
    self.origin = origin
    self.tokenizer = tokenizer?.path()
  }

  /// The directory of the part, which holds a tokenizer too.
  var folder: String? {
    guard case .path(let path) = origin else { return nil }
    return path
  }
}

extension PartOrigin {
  /// - Parameters:
  ///   - keys: what `new` may hold.
  ///   - more: reads the keys that this part has beside `path` and `new`.
  fileprivate static func read(
    _ reader: NodeReader, keys: [ConfigurationKey], more: (MappingReader) -> Void = { _ in }
  ) -> PartOrigin? {
    guard let part = reader.mapping("{path: ...} or {new: {...}}") else { return nil }
    defer { part.finish() }
    let (path, new) = (part.optional("path"), part.optional("new"))
    more(part)
    switch (path, new) {
    case (let path?, nil): return path.path().map(PartOrigin.path)
    case (nil, let new?):
      guard let mapping = new.mapping("a mapping with the keys of config.json") else { return nil }
      ConfigurationKey.check(mapping, keys: keys, ignored: PartKeys.ignored)
      return .new(ConfigurationValue(new.node))
    case (_?, _?): part.report(.alternatives(["path", "new"]))
    case (nil, nil): part.report(.noAlternative(["path", "new"]))
    }
    return nil
  }
}

extension ConfigurationValue {
  fileprivate init(_ node: YAMLNode) {
    self =
      switch node.content {
      case .scalar(.null): .null
      case .scalar(.bool(let value)): .bool(value)
      case .scalar(.integer(let value)): .int(value)
      case .scalar(.number(let value)): .double(value)
      case .scalar(.text(let text)): .string(text)
      case .sequence(let items): .array(items.map { ConfigurationValue($0) })
      case .mapping(let entries):
        .object(entries.map { ConfigurationEntry(key: $0.key, value: ConfigurationValue($0.value)) })
      }
  }
}
