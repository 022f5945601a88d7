import Autograd
import Layers
import Memory
import Models
import Recipes
import Tensors

/// The parameters that a stage trains, in one flat buffer, with the numbers that apply to each of them.
///
/// They lie in reverse store order: the backward walk finishes the last layers first, so buckets of the flat buffer become
/// ready one after the other from its beginning. Parameters that do not train stay where they are.
public final class StageParameters {
  /// One parameter's place and settings.
  public struct Entry {
    public let parameter: Parameter
    public let offset: Int
    /// Number of the recipe's `train` entry whose learning rate applies.
    public let part: Int
    /// Biases and norms are not decayed.
    public let decays: Bool
  }

  public let entries: [Entry]
  /// All values.
  public let values: Storage
  /// Number of floats.
  public let count: Int
  let buffer = GradientBuffer()
  /// Offsets of the gradient buckets, beginning with 0 and ending with `count`.
  public let bucketBoundaries: [Int]
  /// For each parameter by offset: the bucket it lies in, and how many parameters that bucket has.
  private let bucketOf: [Int: Int]
  private let bucketSizes: [Int]

  /// About 8 MB: long enough for the wire, short enough that the first leaves early.
  public static let bucketFloats = 2 << 20

  /// Moves the parameters that `train` names into a flat buffer and freezes all others.
  public init(model: VisionLanguageModel, train: [PartTraining]) throws(TrainingError) {
    let store = model.store
    var entries: [Entry] = []
    var offset = 0
    for parameter in store.parameters.reversed() {
      parameter.freeze()
      guard let part = Self.part(of: parameter.name, in: train, model: model) else { continue }
      entries.append(Entry(parameter: parameter, offset: offset, part: part, decays: parameter.shape.count > 1))
      offset += parameter.count
    }
    guard offset > 0 else { throw .nothingTrains(parts: train.map(\.part.rawValue)) }
    count = offset
    self.entries = entries
    values = Storage(count: offset)
    var boundaries = [0]
    var bucketOf: [Int: Int] = [:]
    var sizes: [Int] = [0]
    for entry in entries {
      if entry.offset - (boundaries.last ?? 0) >= Self.bucketFloats {
        boundaries.append(entry.offset)
        sizes.append(0)
      }
      bucketOf[entry.offset] = sizes.count - 1
      sizes[sizes.count - 1] += 1
      let home = Tensor(values, offset: entry.offset, shape: entry.parameter.shape)
      home.write(entry.parameter.value)
      entry.parameter.value = home
      entry.parameter.train(into: buffer, offset: entry.offset)
    }
    bucketBoundaries = boundaries + [offset]
    self.bucketOf = bucketOf
    bucketSizes = sizes
    // What was loaded, or trained in the stage before, lies elsewhere now.
    MemoryPool.trim()
  }

  /// Counts parameters down as they become final and names each bucket when its last one is.
  struct ReadyCounter {
    private let stage: StageParameters
    private var left: [Int]

    init(_ stage: StageParameters) {
      self.stage = stage
      left = stage.bucketSizes
    }

    mutating func finished(_ parameter: Parameter) -> Int? {
      guard let bucket = stage.bucketOf[parameter.gradientOffset] else { return nil }
      left[bucket] -= 1
      return left[bucket] == 0 ? bucket : nil
    }
  }

  /// Which `train` entry a parameter belongs to; nil if it stays frozen. Names are matched by their module path.
  static func part(of name: String, in train: [PartTraining], model: VisionLanguageModel) -> Int? {
    func index(_ part: ModelPart) -> Int? { train.firstIndex { $0.part == part } }
    if name.hasPrefix("multi_modal_projector.") { return index(.connector) }
    if name.hasPrefix("vision_tower.") {
      guard let part = index(.vision), model.usesVisionParameter(name) else { return nil }
      guard let last = train[part].lastLayers else { return part }
      guard let layer = model.visionLayer(of: name) else { return nil }
      return layer >= model.visionLayersUsed - last ? part : nil
    }
    if name.hasPrefix("language_model.model.embed_tokens.") { return index(.embeddings) ?? index(.language) }
    if name.hasPrefix("language_model.lm_head.") { return index(.head) ?? index(.language) }
    return name.hasPrefix("language_model.") ? index(.language) : nil
  }
}
