import Communication
import Datasets
import Foundation
import Layers
import Models
import Synchronization
import Tensors

@testable import Recipes
@testable import Training

/// A vision-language model of a few thousand parameters on invented samples, trained by in-process ranks.
enum TinyRun {
  static let configuration = """
    {"model_type": "llava", "image_token_index": 49, "vision_feature_layer": -1, "vision_feature_select_strategy": "full",
     "vision_config": {"model_type": "siglip_vision_model", "hidden_size": 16, "intermediate_size": 24,
       "num_hidden_layers": 2, "num_attention_heads": 2, "image_size": 8, "patch_size": 4},
     "text_config": {"model_type": "qwen2", "vocab_size": 50, "hidden_size": 16, "intermediate_size": 24,
       "num_hidden_layers": 2, "num_attention_heads": 2, "num_key_value_heads": 1, "tie_word_embeddings": true},
     "tie_word_embeddings": true}
    """

  /// `vocabulary`: of the table, of which samples use the first 50 words.
  static func model(vocabulary: Int = 50) throws -> VisionLanguageModel {
    let text = Self.configuration.replacing("\"vocab_size\": 50", with: "\"vocab_size\": \(vocabulary)")
    let configuration = try ModelConfiguration(json: Data(text.utf8), path: "config.json")
    return try VisionLanguageModel(configuration: configuration, store: ParameterStore(sources: [], seed: 4))
  }

  /// Sample number `index`: every third has no picture, lengths differ.
  static func sample(_ index: Int) -> PreparedSample {
    var random = RandomStream(9, UInt64(index))
    let image = index % 3 != 0
    let words = (0..<5 + index % 4).map { _ in Int32(random.below(48)) }
    let tokens = (image ? [Int32](repeating: 49, count: 4) : []) + words
    let labels = tokens.indices.map { $0 < tokens.count - 3 ? Int32(-100) : tokens[$0] }
    return PreparedSample(
      id: "sample \(index)", source: index % 2, tokens: tokens, labels: labels,
      images: image ? [(0..<3 * 64).map { _ in random.normal() }] : [])
  }

  /// The optimizer, the weights and the gradients of a stage, dealt out over ranks in parts that suit a model so small.
  static func stage(
    _ model: VisionLanguageModel, _ train: [PartTraining], zero: ZeroStage = .none, _ communicator: LocalCommunicator
  ) throws -> (parameters: StageParameters, optimizer: OptimizerState, shards: ShardPlan, team: HostTeam) {
    let team = try HostTeam(communicator)
    let parameters = try StageParameters(model: model, train: train, team: team, bucketFloats: 1024)
    let shards = parameters.shards(zero, team: team, block: 64)
    let optimizer = OptimizerState(
      shards, rank: communicator.rank,
      settings: Recipes.Optimizer(kind: .adamw, betas: [0.9, 0.999], eps: 1e-8, weightDecay: 0.01))
    return (parameters, optimizer, shards, team)
  }

  /// Losses, norms and final parameters of `steps` steps with global batches of `global` samples.
  struct Outcome: Equatable {
    var losses: [UInt64] = []
    var norms: [UInt64] = []
    var parameters: [String: [UInt32]] = [:]
  }

  /// `isRunning`: whether all micro-batches of a rank are one leaf.
  static func train(
    ranks: Int, hosts: [Int]? = nil, zero: ZeroStage = .none, wire: Communication.GradientWire = .fp32, steps: Int,
    global: Int, micro: Int, parts: [ModelPart], vocabulary: Int = 50, isRunning: Bool = false,
    spoil: (@Sendable (Int, Int) -> Bool)? = nil
  ) throws -> Outcome {
    let outcome = Mutex(Outcome())
    try LocalCommunicator.run(ranks: ranks, hosts: hosts) { communicator in
      let model = try model(vocabulary: vocabulary)
      let train = parts.map { PartTraining(part: $0, lr: 0.01, lora: nil, lastLayers: nil) }
      let (parameters, optimizer, shards, team) = try stage(model, train, zero: zero, communicator)
      let leaves = (global + micro - 1) / micro
      let step = try DataParallelStep(
        model: model, parameters: parameters, optimizer: optimizer, shards: shards, team: team,
        communicator: communicator, sources: 2, clip: 1, leaves: leaves, wire: wire)
      for number in 0..<steps {
        let batches = step.ownLeaves(of: leaves).map { leaf in
          let range = leaf * micro..<min(global, (leaf + 1) * micro)
          return MicroBatch(samples: range.map { sample(number * global + $0, spoil?(number, $0) ?? false) }, bad: [])
        }
        let rates = parts.map { _ in 0.01 }
        let result =
          isRunning
          ? try step(leafBatches: [batches], leaves: ranks, step: number, learningRates: rates)
          : try step(batches, leaves: leaves, step: number, learningRates: rates)
        if communicator.rank == ranks - 1 {
          outcome.withLock {
            $0.losses.append(result.loss.bitPattern)
            $0.norms.append(result.gradientNorm.bitPattern)
          }
        }
      }
      if communicator.rank == ranks - 1 {
        let values = Dictionary(
          uniqueKeysWithValues: model.store.parameters.map { ($0.name, $0.value.array.map(\.bitPattern)) })
        outcome.withLock { $0.parameters = values }
      }
    }
    return outcome.withLock { $0 }
  }

  /// One step over three micro-batches: each rank's result, and whether its parameters changed.
  static func step(
    ranks: Int, zero: ZeroStage = .none, part: ModelPart = .language, namesSamples: Bool = false,
    batches: @escaping @Sendable (Int) -> MicroBatch
  ) throws -> (results: [StepResult], changed: [Bool]) {
    let outcome = Mutex<[Int: (StepResult, Bool)]>([:])
    try LocalCommunicator.run(ranks: ranks) { communicator in
      let model = try model()
      let train = [PartTraining(part: part, lr: 0.01, lora: nil, lastLayers: nil)]
      let (parameters, optimizer, shards, team) = try stage(model, train, zero: zero, communicator)
      let before = parameters.entries.map(\.parameter.value.array)
      let step = try DataParallelStep(
        model: model, parameters: parameters, optimizer: optimizer, shards: shards, team: team,
        communicator: communicator, sources: 2, clip: 1, leaves: 3, namesSamples: namesSamples)
      let result = try step(step.ownLeaves(of: 3).map(batches), leaves: 3, step: 0, learningRates: [0.01])
      let changed = parameters.entries.map(\.parameter.value.array) != before
      outcome.withLock { $0[communicator.rank] = (result, changed) }
    }
    let all = outcome.withLock { outcome in (0..<ranks).compactMap { outcome[$0] } }
    return (all.map(\.0), all.map(\.1))
  }

  private static func sample(_ index: Int, _ spoiled: Bool) -> PreparedSample {
    let plain = sample(index)
    guard spoiled else { return plain }
    return PreparedSample(
      id: plain.id, source: plain.source, tokens: plain.tokens, labels: plain.labels,
      images: plain.images.map { _ in [Float](repeating: .infinity, count: 3 * 64) })
  }
}
