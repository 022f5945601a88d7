import Checkpoints
import Communication
import Datasets
import Foundation
import Models
import Pretrained
import Tensors
import Testing

@testable import Recipes
@testable import Training

@Suite struct FeatureCacheTests {
  private let world: FeatureWorld

  init() throws { world = try FeatureWorld() }

  private func cache(_ model: VisionLanguageModel, _ name: String) throws -> FeatureCache {
    let configuration = model.configuration
    let vision = try #require(configuration.vision)
    return FeatureCache(
      use: .seenOnce,
      store: FeatureStore(
        directory: world.path + "/" + name, rank: 0, count: configuration.featureRows * vision.hiddenSize,
        room: 1 << 30), configuration: configuration, vision: vision)
  }

  /// A micro-batch of the pictures with these numbers: as pixels, or as the features that the cache has.
  private func batch(_ numbers: [Int], side: Int, from cache: FeatureCache) -> MicroBatch {
    let samples = numbers.map { number -> PreparedSample in
      var random = RandomStream(8, UInt64(number))
      let digest = ImageDigest(hash: UInt64(number), bytes: 1)
      let known = cache.features(of: digest).map { SampleImage.features($0) }
      let pixels = (0..<3 * side * side).map { _ in random.normal() }
      return PreparedSample(
        id: "\(number)", source: 0, tokens: [1, 2], labels: [-100, 2],
        pictures: [known ?? .pixels(pixels, digest: digest)])
    }
    return MicroBatch(samples: samples, bad: [])
  }

  @Test func `a picture's features have the same bits alone, in any company, computed and found`() throws {
    let model = try ModelAssembly.build(world.recipe()).model
    let side = 24
    let alone = try cache(model, "alone")
    let rows = try (0..<5).map { number in
      try #require(
        alone.modelInput(batch([number], side: side, from: alone), model: model, isHeldOut: false).features
      ).array
    }
    #expect(rows.allSatisfy { $0.count == 16 * 20 } && Set(rows).count == 5)
    #expect(alone.counts == FeatureCounts(hits: 0, misses: 5))
    let together = try cache(model, "together")
    for numbers in [[0, 1, 2, 3, 4], [3, 1], [4, 4, 0, 2]] {
      for isHeldOut in [false, true] {
        let input = together.modelInput(batch(numbers, side: side, from: together), model: model, isHeldOut: isHeldOut)
        #expect(input.pixels == nil && input.features?.array == numbers.flatMap { rows[$0] })
      }
    }
    #expect(together.counts == FeatureCounts(hits: 6, misses: 5, heldOutHits: 11, heldOutMisses: 0))
    // Rounded to bf16, all of them.
    #expect(rows.joined().allSatisfy { $0.bitPattern & 0xFFFF == 0 })
  }

  @Test func `a picture twice in a micro-batch is computed once`() throws {
    let model = try ModelAssembly.build(world.recipe()).model
    let cache = try cache(model, "twice")
    _ = cache.modelInput(batch([7, 7, 7], side: 24, from: cache), model: model, isHeldOut: false)
    #expect(cache.counts == FeatureCounts(hits: 2, misses: 1))
    let text = MicroBatch(
      samples: [PreparedSample(id: "t", source: 0, tokens: [1, 2], labels: [-100, 2], images: [])], bad: [])
    let input = cache.modelInput(text, model: model, isHeldOut: false)
    #expect(input.features == nil && input.pixels == nil && input.tokens == [1, 2])
  }

  @Test func `the loss from the tower's features is that from pixels, to the bit`() throws {
    let model = try TinyRun.model()
    let sample = TinyRun.sample(1)
    let batch = MicroBatch(samples: [sample], bad: [])
    let input = batch.modelInput(imageSize: 8)
    var other = batch.modelInput(imageSize: nil)
    other.features = model.towerFeatures(try #require(input.pixels))?.value
    #expect(other.features?.shape == [4, 16] && other.pixels == nil)
    #expect(try model.losses(other).map(\.bitPattern) == model.losses(input).map(\.bitPattern))
    other.features = Tensor(repeating: 0, shape: [8, 16])
    #expect(throws: ModelError.imageFeatures(sample: "s", placeholders: 4, features: 8)) {
      try model.losses(other, sample: "s")
    }
  }

  @Test func `whatever features depend on changes the fingerprint, and nothing else does`() throws {
    func fingerprint(_ overrides: [String] = [], _ change: (LoadedModel) -> Void = { _ in }) throws -> UInt64 {
      let recipe = try world.recipe(overrides)
      let loaded = try ModelAssembly.build(recipe)
      change(loaded)
      return try FeatureFingerprint.of(loaded, precision: recipe.productPrecision)
    }
    func nudge(_ name: String) -> (LoadedModel) -> Void {
      { loaded in
        guard let parameter = loaded.model.store[name] else { return }
        var values = parameter.value.array
        values[values.count - 1] = values[values.count - 1].nextUp
        parameter.value = Tensor(values, shape: parameter.shape)
      }
    }
    let plain = try fingerprint()
    #expect(
      try [
        fingerprint(["stages.0.batch.global=6"]), fingerprint(["feature_cache.limit=3GB"]),
        fingerprint([], nudge("multi_modal_projector.linear_1.weight")),
        fingerprint([], nudge("language_model.model.norm.weight")),
        fingerprint([], nudge("vision_tower.post_layernorm.weight")),
        // What a picture is known by tells its treatment.
        fingerprint(["data.captions.alpha=white"]),
      ] == [plain, plain, plain, plain, plain, plain])
    // The last layer is not used with feature_layer -2.
    #expect(
      try fingerprint(["model.feature_layer=-2"], nudge("vision_tower.encoder.layers.1.mlp.fc2.bias"))
        == fingerprint(["model.feature_layer=-2"]))
    let others = try [
      plain, fingerprint(["seed=8"]), fingerprint(["model.feature_layer=-2"]), fingerprint(["model.feature_layer=0"]),
      fingerprint(["model.feature_select=full"]),
      fingerprint([], nudge("vision_tower.encoder.layers.1.mlp.fc2.bias")),
      fingerprint([], nudge("vision_tower.embeddings.class_embedding")),
      fingerprint([], nudge("vision_tower.pre_layrnorm.weight")),
      fingerprint(["model.vision.new.layer_norm_eps=1e-4"]),
      FeatureFingerprint.of(ModelAssembly.build(world.recipe()), precision: .bf16),
    ]
    #expect(Set(others).count == others.count)
  }
}
