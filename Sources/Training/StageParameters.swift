import Autograd
import Communication
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
  /// The buckets in the order in which they become ready: they lie one after the other, but the head's gradient comes
  /// first, wherever it lies.
  public let buckets: [Range<Int>]
  /// The embedding, if it trains and is the head's weight as well: its looked-up rows have gradients of their own.
  let sharedTable: (entry: Entry, lookups: LookupGradient)?
  /// For each parameter by offset: the buckets it lies in; for each bucket, how many parameters it has some of.
  private let bucketsOf: [Int: [Int]]
  private let bucketSizes: [Int]

  /// Floats that a bucket has at most; see `boundaries`.
  let bucketFloats: Int

  /// 8 MB: long enough for the wire, short enough that the first leaves early.
  public static let bucketFloats = 2 << 20

  /// Collective over the ranks of `team`. Moves the parameters that `train` names into a flat buffer, one for the team,
  /// and freezes all others. `bucketFloats`: of a bucket at most, see `boundaries`.
  public init(
    model: VisionLanguageModel, train: [PartTraining], team: HostTeam, bucketFloats: Int = StageParameters.bucketFloats
  ) throws {
    let store = model.store
    var entries: [Entry] = []
    var offset = 0
    for parameter in store.parameters.reversed() {
      parameter.freeze()
      guard let part = Self.part(of: parameter.name, in: train, model: model) else { continue }
      entries.append(Entry(parameter: parameter, offset: offset, part: part, decays: parameter.shape.count > 1))
      offset += parameter.count
    }
    guard offset > 0 else { throw TrainingError.nothingTrains(parts: train.map(\.part.rawValue)) }
    count = offset
    self.bucketFloats = bucketFloats
    self.entries = entries
    let shared = try team.floats(offset)
    let values = unsafe Storage(shared.pointer, count: offset, owner: shared)
    self.values = values
    let homes = entries.map { Tensor(values, offset: $0.offset, shape: $0.parameter.shape) }
    if team.isFirst {
      for (entry, home) in zip(entries, homes) { home.write(entry.parameter.value) }
    }
    try team.meet()
    let (embedding, head) = (model.language.embedding.weight, model.language.head)
    let table = entries.first { embedding === head && $0.parameter === head }
    sharedTable = table.map { ($0, LookupGradient(tableRows: $0.parameter.shape[0])) }
    let ofTable = table.map { $0.offset..<$0.offset + $0.parameter.count } ?? 0..<0
    bucketBoundaries = Self.boundaries(of: offset, early: ofTable, bucketFloats: bucketFloats)
    let inOrder = zip(bucketBoundaries, bucketBoundaries.dropFirst()).map { $0..<$1 }
    func isOfTable(_ bucket: Range<Int>) -> Bool { bucket.clamped(to: ofTable) == bucket }
    let buckets = inOrder.filter(isOfTable) + inOrder.filter { !isOfTable($0) }
    self.buckets = buckets
    var bucketSizes = [Int](repeating: 0, count: buckets.count)
    var bucketsOf: [Int: [Int]] = [:]
    for entry in entries {
      let range = entry.offset..<entry.offset + max(1, entry.parameter.count)
      let own = buckets.indices.filter { buckets[$0].overlaps(range) }
      bucketsOf[entry.offset] = own
      for bucket in own { bucketSizes[bucket] += 1 }
    }
    self.bucketsOf = bucketsOf
    self.bucketSizes = bucketSizes
    attach()
    // What was loaded, or trained in the stage before, lies elsewhere now.
    MemoryPool.trim()
  }

  /// Makes the model use these values, and its gradients come here: also after other stage parameters had their turn.
  public func attach() {
    for entry in entries {
      entry.parameter.value = Tensor(values, offset: entry.offset, shape: entry.parameter.shape)
      let lookups = entry.parameter === sharedTable?.entry.parameter ? sharedTable?.lookups : nil
      entry.parameter.train(into: buffer, offset: entry.offset, lookups: lookups)
    }
  }

  /// Buckets from 0 up to `count`: of `bucketFloats`, and towards the end each a quarter of what is left, as the last ones
  /// have little to hide their sum behind. `early`: what is final before all the rest, and shares no bucket with it but at
  /// its ends.
  static func boundaries(
    of count: Int, early: Range<Int>, bucketFloats: Int = StageParameters.bucketFloats
  ) -> [Int] {
    let least = min(leastBucketFloats, bucketFloats)
    let grain = min(ShardPlan.blockFloats, bucketFloats)
    // What sticks out of the whole grains of `early` belongs to its neighbours.
    let (begin, end) = ((early.lowerBound + grain - 1) / grain * grain, early.upperBound / grain * grain)
    var boundaries = [0]
    while let last = boundaries.last, last < count {
      let isEarly = last >= begin && last < end
      let left = count - last - max(0, end - max(begin, last))
      let floats = isEarly ? bucketFloats : min(bucketFloats, max(least, left / 4 / grain * grain))
      let ends = [isEarly ? end : count, last < begin && begin < end ? begin : count, count]
      boundaries.append(ends.reduce(last + floats, min))
    }
    return boundaries
  }

  /// 512 KB: less would be under way no shorter.
  private static let leastBucketFloats = 1 << 17

  /// Which floats each rank updates under the recipe's `zero`. `block`: see `ShardPlan`.
  public func shards(_ zero: ZeroStage, team: HostTeam, block: Int = ShardPlan.blockFloats) -> ShardPlan {
    ShardPlan(
      bucketBoundaries: bucketBoundaries, layout: team.layout, isOverHosts: zero != .none,
      shardsGradients: zero == .gradients, block: block)
  }

  /// Those with elements in `range`.
  func entries(in range: Range<Int>) -> ArraySlice<Entry> {
    let end = entries.partitioningIndex { $0.offset >= range.upperBound }
    let begin = entries.partitioningIndex { $0.offset + $0.parameter.count > range.lowerBound }
    return entries[begin..<max(begin, end)]
  }

  /// Tells all parameters that their values have changed.
  func valuesChanged() {
    for entry in entries { entry.parameter.valueChanged() }
  }

  /// Counts parameters down as they become final and names each bucket when its last one is.
  struct ReadyCounter {
    private let stage: StageParameters
    private var left: [Int]

    init(_ stage: StageParameters) {
      self.stage = stage
      left = stage.bucketSizes
    }

    /// The buckets that are final with `parameter`.
    mutating func finished(_ parameter: Parameter) -> [Int] {
      var ready: [Int] = []
      guard let buckets = stage.bucketsOf[parameter.gradientOffset] else { return [] }
      for bucket in buckets {
        left[bucket] -= 1
        if left[bucket] == 0 { ready.append(bucket) }
      }
      return ready
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

extension Array {
  /// The first index for which `isBehind` holds, where it holds for all that follow it.
  fileprivate func partitioningIndex(_ isBehind: (Element) -> Bool) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if isBehind(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
