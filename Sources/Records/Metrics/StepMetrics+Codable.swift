extension StepMetrics: Codable {
  enum CodingKeys: String, CodingKey {
    case stage, step, epoch, loss, lr, samples, tokens, seconds, phases
    case stageStep = "stage_step"
    case gradNorm = "grad_norm"
    case supervisedTokens = "supervised_tokens"
    case sourceLoss = "source_loss"
    case skippedSamples = "skipped_samples"
  }

  /// Keys that are not known are passed over, so that an older program reads the files of a newer one.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    func finite<Number: BinaryFloatingPoint & Decodable>(_ key: CodingKeys, _: Number.Type) throws -> Number {
      try values.decode(Number?.self, forKey: key) ?? .nan
    }
    func finite<Number: BinaryFloatingPoint & Decodable>(
      each key: CodingKeys, _: Number.Type
    ) throws -> [String: Number] {
      try values.decode([String: Number?].self, forKey: key).mapValues { $0 ?? .nan }
    }
    /// Whoever reads adds these up and counts from them, so a negative one must not get in.
    func count(_ key: CodingKeys) throws -> Int {
      let value = try values.decode(Int.self, forKey: key)
      guard value >= 0 else {
        throw DecodingError.dataCorruptedError(forKey: key, in: values, debugDescription: "below zero")
      }
      return value
    }
    self.init(
      stage: try values.decode(String.self, forKey: .stage),
      step: try count(.step),
      stageStep: try count(.stageStep),
      epoch: try finite(.epoch, Double.self),
      loss: try finite(.loss, Float.self),
      gradNorm: try finite(.gradNorm, Float.self),
      lr: try finite(each: .lr, Double.self),
      samples: try count(.samples),
      tokens: try count(.tokens),
      supervisedTokens: try count(.supervisedTokens),
      seconds: try finite(.seconds, Double.self),
      sourceLoss: try finite(each: .sourceLoss, Float.self),
      skippedSamples: values.contains(.skippedSamples) ? try count(.skippedSamples) : 0,
      phases: try values.decodeIfPresent([String: Phase].self, forKey: .phases))
  }

  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(stage, forKey: .stage)
    try values.encode(step, forKey: .step)
    try values.encode(stageStep, forKey: .stageStep)
    try values.encode(epoch.finite, forKey: .epoch)
    try values.encode(loss.finite, forKey: .loss)
    try values.encode(gradNorm.finite, forKey: .gradNorm)
    try values.encode(lr.mapValues(\.finite), forKey: .lr)
    try values.encode(samples, forKey: .samples)
    try values.encode(tokens, forKey: .tokens)
    try values.encode(supervisedTokens, forKey: .supervisedTokens)
    try values.encode(seconds.finite, forKey: .seconds)
    try values.encode(sourceLoss.mapValues(\.finite), forKey: .sourceLoss)
    try values.encode(skippedSamples, forKey: .skippedSamples)
    try values.encodeIfPresent(phases, forKey: .phases)
  }

  /// The line as it stands in `metrics.jsonl`, without its line feed: keys in a fixed order for the eye, floats as the
  /// shortest decimals that read back to the same bits.
  public var jsonLine: String {
    var members = [
      ("stage", JSONText.string(stage)),
      ("step", String(step)),
      ("stage_step", String(stageStep)),
      ("epoch", JSONText.number(epoch)),
      ("loss", JSONText.number(loss)),
      ("grad_norm", JSONText.number(gradNorm)),
      ("lr", JSONText.object(lr) { JSONText.number($0) }),
      ("samples", String(samples)),
      ("tokens", String(tokens)),
      ("supervised_tokens", String(supervisedTokens)),
      ("seconds", JSONText.number(seconds)),
      ("source_loss", JSONText.object(sourceLoss) { JSONText.number($0) }),
      ("skipped_samples", String(skippedSamples)),
    ]
    if let phases {
      members.append(("phases", JSONText.object(phases, \.json)))
    }
    return JSONText.object(members.map { (key: $0.0, value: $0.1) })
  }
}

extension StepMetrics.Phase {
  fileprivate var json: String {
    JSONText.object([
      (key: "min", value: JSONText.number(min)),
      (key: "median", value: JSONText.number(median)),
      (key: "max", value: JSONText.number(max)),
      (key: "slowest_rank", value: String(slowestRank)),
    ])
  }
}

extension BinaryFloatingPoint {
  /// JSON has no NaN and no infinity: nil is written as null.
  fileprivate var finite: Self? { isFinite ? self : nil }
}
