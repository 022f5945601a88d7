import Checkpoints
import Datasets
import Models
import Tensors

// Letters: B images, R rows of vision features per image, F vision width.

/// Vision features of a frozen tower, each computed once.
///
/// Every picture gets the bf16 values that are, or would be, on disk, and is computed by itself, so that a step has the
/// same bits whatever the cache holds, whoever computed it and whatever else is in the micro-batch.
final class FeatureCache: FeatureSource, @unchecked Sendable {
  // Unchecked: the prefetching thread only asks the store, which allows it; all else belongs to the training thread.
  let use: FeatureUse
  private let store: FeatureStore
  private let rows: Int
  private let vision: VisionConfiguration
  private(set) var counts = FeatureCounts()
  private var isFaultTold = false

  init(use: FeatureUse, store: FeatureStore, configuration: ModelConfiguration, vision: VisionConfiguration) {
    self.use = use
    self.store = store
    self.vision = vision
    rows = configuration.featureRows
  }

  func digest(of file: [UInt8]) -> ImageDigest { ImageDigest(hash: XXH64.hash(file), bytes: file.count) }

  func features(of picture: ImageDigest) -> [UInt16]? { store.features(of: FeatureKey(picture)) }

  /// The micro-batch as the model takes it, with the features of all pictures [B·R, F].
  func modelInput(_ batch: MicroBatch, model: VisionLanguageModel, isHeldOut: Bool) -> ModelInput {
    var input = batch.modelInput(imageSize: nil)
    let images = batch.images
    guard !images.isEmpty else { return input }
    var found = 0
    let features = images.map { image -> [UInt16] in
      switch image {
      case .features(let values):
        found += 1
        return values
      case .pixels(let pixels, let digest):
        // Another rank, or an earlier sample of this step, may have computed it since it was asked for.
        store.refresh()
        if let values = digest.flatMap({ self.features(of: $0) }) {
          found += 1
          return values
        }
        let values = computed(pixels, model: model)
        if let digest { store.add(values, for: FeatureKey(digest)) }
        return values
      }
    }
    counts.add(hits: found, misses: images.count - found, isHeldOut: isHeldOut)
    input.features = Tensor(bfloat16: features, shape: [images.count * rows, vision.hiddenSize])
    return input
  }

  /// One picture by itself: how a product is summed may depend on the number of its rows.
  private func computed(_ pixels: [Float], model: VisionLanguageModel) -> [UInt16] {
    let picture = Tensor(pixels, shape: [1, 3, vision.imageSize, vision.imageSize])
    guard let features = model.towerFeatures(picture) else { preconditionFailure("a feature cache without a tower") }
    return BFloat16Tensor(rounding: features.value).bits
  }

  /// What this rank has to tell.
  var figures: FeatureFigures {
    FeatureFigures(counts: counts, damaged: store.damagedRecords, isFull: store.isFull, fault: store.fault)
  }

  /// Why the cache has stopped growing on one of the ranks, the first time that it is asked for.
  func untoldFault(_ figures: FeatureFigures) -> String? {
    guard !isFaultTold, let fault = figures.fault else { return nil }
    isFaultTold = true
    return fault
  }
}

extension FeatureKey {
  fileprivate init(_ digest: ImageDigest) { self.init(hash: digest.hash, bytes: UInt64(digest.bytes)) }
}
