/// A run as a value: what is trained, on what, and how. Every setting is resolved, so equal recipes are the same run.
///
/// A recipe is read with ``load(path:overrides:)``, printed with ``yaml()`` and compared with ``differences(from:)``.
public struct Recipe: Equatable, Sendable {
  /// Decides the order of the samples and the initial values of new parameters.
  public var seed: Int
  public var precision: Precision
  public var memory: ActivationMemory
  public var zero: ZeroStage
  public var wire: GradientWire
  public var model: ModelSpecification
  /// In the order of the file; names are unique.
  public var data: [DataSource]
  /// In the order in which they run; never empty, names are unique.
  public var stages: [Stage]
  public var checkpoint: CheckpointPolicy
  public var evaluation: EvaluationPolicy
  public var featureCache: FeatureCachePolicy
  /// How many samples may turn out to be unreadable before the run stops.
  public var maxBadSamples: Int
  /// In how many steps in a row the gradient may fail to be finite before the run stops, at least 1.
  public var maxNotFinite: Int
  /// What a stage uses when it has no `template` of its own.
  public var chatTemplate: ChatTemplate
  /// A line of progress every so many steps, at least 1.
  public var logEvery: Int
  /// Whether the run directory gets a file that names the samples of every step.
  public var logSamples: Bool
  /// Where each setting was written, for errors that are found later (a missing file, say).
  var places: SettingPlaces

  /// Where a setting was written; nil when it is a default.
  ///
  /// - Parameter key: the setting as errors name it: `data.captions.path`, `stages[0].objective`.
  public func place(of key: String) -> Place? { places.byKey[key] }

  /// How a part is trained in a stage, as errors name the setting.
  public func key(of part: ModelPart, stage: Int) -> String { "stages[\(stage)].train.\(part.rawValue)" }

  /// The error about a setting that only its use can judge. One that is a default stands where what it belongs to does.
  ///
  /// - Parameter key: the setting as errors name it.
  public func refusal(of key: String, _ fault: Fault) -> RecipeError {
    var at = key[...]
    while places.byKey[String(at)] == nil, let cut = at.lastIndex(where: { ".[".contains($0) }) { at = at[..<cut] }
    let place = places.byKey[String(at)] ?? .file(source: places.source, line: 1, column: 1)
    return .problems([Problem(place: place, key: key, fault: fault)])
  }
}

/// In which type products are computed; master weights are 32 bits wide in both.
public enum Precision: String, CaseIterable, Sendable {
  case fp32, bf16
}

/// What layers keep in memory between the forward and the backward pass. Losses are the same to the bit.
public enum ActivationMemory: String, CaseIterable, Sendable {
  /// All that gradients need: fastest.
  case keep
  /// Their inputs; each layer is computed twice, for about a third more time.
  case recompute
}

/// In which type gradients travel between hosts. In bf16 figures depend on how micro-batches lie on hosts.
public enum GradientWire: String, CaseIterable, Sendable {
  case fp32, bf16
}

/// What is dealt out over the ranks instead of being on each of them (ZeRO, Rajbhandari et al. 2020). Weights are there
/// once on each host, and losses the same to the bit.
public enum ZeroStage: Int, CaseIterable, Sendable {
  /// Moments of the optimizer over the ranks of a host: nothing more crosses the network.
  case none
  /// Moments over all ranks; updated weights cross the network instead of sums of gradients.
  case optimizer
  /// Sums of gradients too: every micro-batch is summed over the ranks by itself.
  case gradients
}

/// How a conversation becomes tokens. `auto` takes the one that the tokenizer directory carries.
public enum ChatTemplate: String, CaseIterable, Sendable {
  case auto, chatml, plain, llama3
  case vicunaV1 = "vicuna_v1"
}

/// The places of the settings that were read. All values are equal: where a setting is written is no part of the run.
struct SettingPlaces: Equatable, Sendable {
  var source: String
  var byKey: [String: Place]

  static func == (left: SettingPlaces, right: SettingPlaces) -> Bool { true }
}
