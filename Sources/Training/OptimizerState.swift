import Checkpoints
import Communication
import Kernels
import Recipes
import Tensors

/// AdamW over a rank's shard of a stage's flat buffer: first and second moments and the number of steps taken.
public final class OptimizerState {
  /// The ranges of the flat buffer that this rank updates, ascending; `m` and `v` hold them end to end.
  let ranges: [Range<Int>]
  let m: Storage
  let v: Storage
  /// Steps taken.
  public var time = 0
  private let settings: Recipes.Optimizer
  private let plan: ShardPlan
  private let rank: Int

  /// The moments of `rank`'s shard, all zero.
  public init(_ plan: ShardPlan, rank: Int, settings: Recipes.Optimizer) {
    self.plan = plan
    self.rank = rank
    self.settings = settings
    ranges = plan.ranges(of: rank)
    let count = ranges.reduce(0) { $0 + $1.count }
    m = Storage(count: count)
    v = Storage(count: count)
    unsafe m.base.update(repeating: 0, count: count)
    unsafe v.base.update(repeating: 0, count: count)
  }

  /// One step over this rank's shard. `gradient`: sums over the global batch; `scale` turns them into clipped means.
  /// `learningRates`: one per entry of the recipe's `train`. What was derived from the parameters is for the caller.
  func step(
    _ parameters: StageParameters, gradient: UnsafePointer<Float>, scale: Float, learningRates: [Double]
  ) {
    time += 1
    var start = 0
    for range in ranges {
      for entry in parameters.entries(in: range) {
        let own = (entry.offset..<entry.offset + entry.parameter.count).clamped(to: range)
        let (at, moment) = (own.lowerBound, start + own.lowerBound - range.lowerBound)
        unsafe adamW(
          parameters.values.base + at, gradient: gradient + at, m: m.base + moment, v: v.base + moment,
          count: own.count, gradientScale: scale,
          step: AdamWStep(
            learningRate: Float(learningRates[entry.part]), beta1: Float(settings.betas[0]),
            beta2: Float(settings.betas[1]), epsilon: Float(settings.eps),
            weightDecay: entry.decays ? Float(settings.weightDecay) : 0, time: time))
      }
      start += range.count
    }
  }

  // MARK: Checkpoints

  /// Both moments as checkpoints name them, over the whole flat buffer.
  private var moments: [(name: String, storage: Storage)] { [("optimizer.m", m), ("optimizer.v", v)] }

  /// Name and shape of each moment over all ranks.
  var descriptors: [CheckpointTensorDescriptor] {
    moments.map { CheckpointTensorDescriptor(name: $0.name, shape: [plan.count]) }
  }

  /// What this rank saves: over all ranks every element once.
  var pieces: [CheckpointPiece] {
    let saved = plan.savedRanges(of: rank)
    return moments.flatMap { name, storage in
      withPlaces(of: saved).map { range, place in
        unsafe CheckpointPiece(
          tensor: name, first: range.lowerBound, count: range.count, pointer: storage.base + place)
      }
    }
  }

  /// Reads this rank's shard of both moments, whatever ranks wrote them.
  func restore(_ checkpoint: OpenCheckpoint) throws {
    for (name, storage) in moments {
      guard checkpoint.tensors.contains(where: { $0.name == name && $0.shape == [plan.count] }) else {
        throw TrainingError.checkpointMismatch(path: checkpoint.path, tensor: name)
      }
      for (range, place) in withPlaces(of: ranges) {
        try unsafe checkpoint.read(
          name, range, into: UnsafeMutableBufferPointer(start: storage.base + place, count: range.count))
      }
    }
  }

  /// Parts of this rank's ranges, each with the place of its first element in the moments.
  private func withPlaces(of parts: [Range<Int>]) -> [(range: Range<Int>, place: Int)] {
    let starts = ranges.reduce(into: [0]) { starts, range in starts.append((starts.last ?? 0) + range.count) }
    var found: [(range: Range<Int>, place: Int)] = []
    forEachCommonRange(ranges, parts) { number, common in
      found.append((common, starts[number] + common.lowerBound - ranges[number].lowerBound))
    }
    return found
  }
}
