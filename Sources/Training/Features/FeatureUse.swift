import Datasets
import Recipes
import Tensors

/// Whether a stage keeps vision features, and why. It follows from the recipe and the data alone, so that a resumed run
/// comes to the same.
struct FeatureUse: Codable, Sendable, Equatable {
  /// Of the pictures that the stage trains on.
  let training: Bool
  /// Of the pictures that it is measured on.
  let heldOut: Bool
  /// For the journal.
  let reason: String

  var isOn: Bool { training || heldOut }

  static let noTower = FeatureUse(off: "the model has no vision tower")
  static let towerTrains = FeatureUse(off: "the vision tower trains in this stage, so its features change")
  static let seenOnce = FeatureUse(off: "no picture is seen more than once in this stage")

  private init(off reason: String) {
    (training, heldOut, self.reason) = (false, false, reason)
  }

  /// A stage with a frozen tower. `index`: its number in the recipe; `data`, `heldOut`: the recipe's sources in its order.
  init(stage index: Int, of recipe: Recipe, data: [LlavaDataset], heldOut: [LlavaDataset]) {
    let stage = recipe.stages[index]
    let sources = data.map { ($0.name, $0.count) }
    let plan = StagePlan(stage, number: index, sources: sources, seed: recipe.seed, state: nil, step: 0)
    var reasons: [String] = []
    if stage.images == .blank {
      reasons = ["all pictures are the same grey one"]
    } else {
      var look = PictureLook()
      for set in data where stage.mix.sources.contains(set.name) {
        let passes = Self.share(of: set.name, in: stage.mix) * Double(plan.totalSamples) / Double(max(1, set.count))
        // A source that is short of its share by a few samples begins again without being worth a cache.
        if look.hasPictures(set), passes > 1.01 {
          reasons.append("\(set.name) is gone through \(Self.short(passes)) times")
        }
      }
      if reasons.isEmpty, look.repeatsPictures { reasons = ["several samples share a picture"] }
    }
    training = !reasons.isEmpty
    let during = recipe.evaluation.everySteps > 0 ? max(0, plan.totalSteps - 1) / recipe.evaluation.everySteps : 0
    let measurements = during + (index == 0 ? 2 : 1)
    var look = PictureLook()
    self.heldOut = measurements > 1 && heldOut.contains { look.hasPictures($0) }
    if self.heldOut { reasons.append("held-out pictures are measured \(measurements) times") }
    reason = reasons.isEmpty ? Self.seenOnce.reason : reasons.joined(separator: "; ")
  }

  /// The part of the stage's samples that come from a source, over its whole curriculum.
  private static func share(of source: String, in mix: MixtureCurve) -> Double {
    let points = mix.points.count == 1 ? 1 : 1000
    return (0..<points).reduce(0) { sum, point in
      let weights = mix.weights(at: (Double(point) + 0.5) / Double(points))
      return sum + (weights.first { $0.source == source }?.weight ?? 0)
    } / Double(points)
  }

  private static func short(_ value: Double) -> String { "\((value * 10).rounded() / 10)" }
}

/// A look at the first entries of data sets: whether they have pictures, and the same ones more than once. Reading all of
/// a large set would take minutes.
private struct PictureLook {
  private static let entries = 20_000
  private var paths: Set<UInt64> = []
  private var pictures = 0

  /// Whether one of a hundred pictures or more had been there before.
  var repeatsPictures: Bool { pictures > 0 && (pictures - paths.count) * 100 >= pictures }

  mutating func hasPictures(_ set: LlavaDataset) -> Bool {
    let before = pictures
    for index in 0..<min(set.count, Self.entries) {
      // Entries that cannot be read are told of when they are trained on.
      for path in (try? set.sample(index).images) ?? [] {
        pictures += 1
        paths.insert(RandomStream.key(path))
      }
    }
    return pictures > before
  }
}
