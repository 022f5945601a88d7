import Testing

@testable import Recipes

@Suite struct WritingTests {
  @Test(arguments: [
    "plain", "with space", "", "true", "No", "~", "0x1", "12:30", "1e3", "-", "- x", "a: b", "a #b", "#", "{a}", "'",
    "\"\\",
    "line\nbreak\ttab", "\u{85}\u{2028}\u{FEFF}\u{0}\u{7F}", "그림", "🖼️", "/a/b.c", ".inf", "<<", "*a", "&a", "!!int",
    "%", "@x",
  ])
  func `any text survives as a name and in a configuration`(text: String) throws {
    var recipe = try example("demo")
    guard case .parts(var parts) = recipe.model.weights else { throw Mismatch() }
    let value = ConfigurationValue.object([ConfigurationEntry(key: text, value: .array([.string(text), .object([])]))])
    parts.vision = .new(.object([ConfigurationEntry(key: "architectures", value: value)]))
    recipe.model.weights = .parts(parts)
    if !text.isEmpty { recipe.stages[0].name = text }
    #expect(try parse(recipe.yaml()) == recipe)
  }

  @Test func `numbers survive to the bit`() throws {
    var recipe = try parse(smallRecipe)
    let special = [
      0, Double.leastNonzeroMagnitude, 2.2250738585072014e-308, 1e-5, 0.1, 1e15, 1e16, 1e17, 1.7976931348623157e308,
      123_456_789.0,
    ]
    // Multiples of the golden ratio's bits are spread over all signs, exponents and fractions; here without the sign.
    let patterns = (1...200).map { Double(bitPattern: (UInt64($0) &* 0x9E37_79B9_7F4A_7C15) >> 1) }.filter(\.isFinite)
    for value in special + patterns {
      recipe.stages[0].train[0].lr = value
      recipe.stages[0].optimizer.weightDecay = value
      #expect(try parse(recipe.yaml()) == recipe, "\(value)")
    }
  }

  @Test func `values of a configuration keep their types, and become JSON`() throws {
    let yaml =
      "{a: 1, b: 1.0, c: 1e-5, d: null, e: true, f: 'true', g: [1, {h: x\\y}], i: 1e-3, j: 010, k: \"\\x01\\\"\"}"
    let recipe = try parse(
      smallRecipe, ["model.vision.new.architectures=\(yaml)", "model.connector.path=c", "model.language.path=l"])
    guard case .parts(let parts) = recipe.model.weights, case .new(let keys) = parts.vision,
      let value = keys["architectures"]
    else { throw Mismatch() }
    let json =
      #"{"a": 1, "b": 1.0, "c": 1e-05, "d": null, "e": true, "f": "true", "g": [1, {"h": "x\\y"}], "#
      + #""i": 0.001, "j": "010", "k": "\u0001\""}"#
    #expect(String(decoding: value.json(), as: UTF8.self) == json)
    #expect(value["g"] == .array([.int(1), .object([ConfigurationEntry(key: "h", value: .string("x\\y"))])]))
    #expect(value["z"] == nil)
    #expect(try parse(recipe.yaml()) == recipe)
  }

  @Test func `every kind of setting survives`() throws {
    let recipe = try parse(
      smallRecipe,
      [
        "stages.0.until.plateau={patience: 2, min_delta: 1e-3, max_epochs: 9}", "stages.0.images=blank",
        "stages.0.clip=0",
        "stages.0.template=llama3", "stages.0.objective=ppo",
        "stages.0.schedule={kind: wsd, warmup: 3, floor: 0.1, decay: 1}",
        "stages.0.train.language={lr: 0, last_layers: 2, lora: {rank: 1, alpha: 0.5}}", "data.text.max_samples=4",
        "evaluation={data: {h: {path: h}}, every_steps: 5, max_samples: 6, examples: 0}", "log_every=10",
        "log_samples=true",
        "max_bad_samples=0", "max_not_finite=1", "feature_cache={limit: 1500MB}",
      ])
    #expect(try parse(recipe.yaml()) == recipe)
    #expect(recipe.stages[0].until == .plateau(Plateau(patience: 2, minDelta: 1e-3, maxEpochs: 9)))
    #expect(recipe.stages[0].images == .blank)
    #expect(recipe.evaluation.maxSamples == 6)
    #expect(recipe.logSamples)
    #expect(recipe.evaluation.examples == 0)
    #expect(recipe.featureCache.limit == 1_500_000_000)
  }

  @Test func `merge keys are filled in, and what stands beside them wins`() throws {
    let yaml = recipe("text: {path: text.json}", "text: {<<: *c, path: text.json}")
      .replacing("captions: {path", with: "captions: &c {path")
    #expect(
      try parse(yaml).data[1]
        == DataSource(
          name: "text", format: .llava, path: "text.json", images: "images/", alpha: .auto, maxSamples: nil))
  }
}
