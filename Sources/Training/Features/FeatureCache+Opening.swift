import Checkpoints
import Communication
import Datasets
import Foundation
import Pretrained
import Recipes

extension FeatureCache {
  /// Collective: how a stage uses vision features, and the cache if it does; nil where the recipe wants none. `index`: the
  /// stage's number; `heldOut`: the held-out sets.
  static func open(
    stage index: Int, of recipe: Recipe, run: String, loaded: LoadedModel, parameters: StageParameters,
    data: [LlavaDataset], heldOut: [LlavaDataset], communicator: any Communicator
  ) throws -> (use: FeatureUse, cache: FeatureCache?)? {
    let limit = recipe.featureCache.limit
    guard limit > 0 else { return nil }
    let configuration = loaded.model.configuration
    guard let vision = configuration.vision else { return (.noTower, nil) }
    if parameters.entries.contains(where: { $0.parameter.name.hasPrefix("vision_tower.") }) {
      return (.towerTrains, nil)
    }
    // One rank reads the data; the same is true for all.
    var decided: [UInt8] = []
    if communicator.rank == 0 {
      let use = FeatureUse(stage: index, of: recipe, data: data, heldOut: heldOut)
      decided = [UInt8](try JSONEncoder().encode(use))
    }
    try communicator.broadcast(&decided, from: 0)
    let use = try JSONDecoder().decode(FeatureUse.self, from: Data(decided))
    guard use.isOn else { return (use, nil) }
    let fingerprint = try FeatureFingerprint.of(loaded, precision: recipe.productPrecision)
    let directory = FeatureDirectory(run: run)
    let room = try clear(directory, for: fingerprint, limit: limit, communicator)
    let store = FeatureStore(
      directory: directory.path(fingerprint), rank: communicator.rank,
      count: configuration.featureRows * vision.hiddenSize,
      room: room / communicator.size)
    return (use, FeatureCache(use: use, store: store, configuration: configuration, vision: vision))
  }

  /// Collective: removes what is of no more use, and returns by how many bytes the rest may grow.
  private static func clear(
    _ directory: FeatureDirectory, for fingerprint: UInt64, limit: Int, _ communicator: any Communicator
  ) throws -> Int {
    // Ranks on other processors sum in another order and have features of their own.
    let kept = try communicator.allGather(Array(String(fingerprint).utf8))
      .compactMap { UInt64(String(decoding: $0, as: UTF8.self)) }
    directory.remove(except: Set(kept))
    // Nobody writes before all have looked.
    var bytes = try communicator.allAgree(max: directory.bytes)
    if bytes > limit {
      directory.remove(except: [])
      bytes = try communicator.allAgree(max: 0)
    }
    return limit - bytes
  }
}
