import Autograd
import Communication
import Foundation
import Kernels
import Models
import Recipes

/// Bytes that a stage holds on one rank, with the longest samples its recipe allows and a picture in each.
public struct MemoryPlan: Equatable, Sendable {
  /// All parameters of the model, of those that train this rank's share of what its host has; and their bf16 copies where
  /// products are in bf16.
  public var parameters = 0
  /// Sums of micro-batches: one buffer, and one more for each doubling of the micro-batches of a rank that lie in line.
  public var gradients = 0
  /// Both moments of this rank's shard.
  public var optimizer = 0
  public var activations = 0
  /// This rank's share of its host's sum over the ranks, and slices of buckets that are under way.
  public var communication = 0

  /// This rank's share of the state, copied while it is written as a checkpoint.
  public var snapshot = 0

  /// Decoded pictures of this rank's micro-batches: those of the step under way and of the next.
  public var pictures = 0

  public var total: Int { parameters + gradients + optimizer + activations + communication + snapshot + pictures }

  /// How many ranks a state is dealt out over.
  public struct Ranks: Equatable, Sendable {
    var all: Int
    /// Of the smallest host.
    var ofHost: Int
    var hosts: Int

    public init(_ layout: HostLayout) {
      all = layout.ranks
      ofHost = layout.hosts.map(\.count).min() ?? 1
      hosts = layout.hosts.count
    }
  }

  /// The plan of `stage` over `ranks`.
  init(stage: Stage, recipe: Recipe, model: VisionLanguageModel, ranks: Ranks) {
    let leaves = (stage.batch.global + stage.batch.micro - 1) / stage.batch.micro
    self.init(
      model: model, train: stage.train, precision: recipe.productPrecision,
      activations: recipe.activations,
      batch: (tokens: stage.batch.micro * stage.batch.maxTokens, images: stage.batch.micro),
      leaves: leaves, ranks: ranks, zero: recipe.zero)
    // A checkpoint holds what was ever trained, and both moments of what trains now.
    let last = recipe.stages.firstIndex { $0.name == stage.name } ?? 0
    let saved = model.store.parameters.filter { parameter in
      recipe.stages[...last].contains { StageParameters.part(of: parameter.name, in: $0.train, model: model) != nil }
    }
    let floats =
      saved.reduce(0) { $0 + $1.count } + 2 * Self.trained(stage.train, of: model).reduce(0) { $0 + $1.count }
    snapshot = 4 * Self.share(floats, of: ranks.all)
    let side = model.configuration.vision?.imageSize ?? 0
    let held = 2 * Self.share(leaves, of: ranks.all) * stage.batch.micro
    pictures = Self.bytes(4 * 3 * Double(held) * Double(side * side))
  }

  /// The plan of training `train` with micro-batches of so many tokens and images, `leaves` of them a step.
  public init(
    model: VisionLanguageModel, train: [PartTraining], precision: ProductPrecision,
    activations: Autograd.ActivationMemory,
    batch: (tokens: Int, images: Int), leaves: Int, ranks: Ranks,
    zero: ZeroStage = .none
  ) {
    let all = model.store.parameters
    let floats = Self.trained(train, of: model).reduce(0) { $0 + $1.count }
    parameters = 4 * (all.reduce(0) { $0 + $1.count } - floats + Self.share(floats, of: ranks.ofHost))
    if precision == .bf16 { parameters += 2 * all.reduce(0) { $0 + ($1.shape.count > 1 ? $1.count : 0) } }
    let partition = LeafPartition(leaves: leaves, ranks: ranks.all)
    gradients = 4 * floats * partition.mostBuffers
    if zero == .gradients, ranks.all > 1 {
      // A leaf until it is summed, and what rounds leave for the next of this rank's shard.
      let leaf = min(floats, Self.bucketsUnderWay * StageParameters.bucketFloats)
      gradients = 4 * (leaf + (partition.mostCarried + 1) * Self.share(floats, of: ranks.all))
    }
    optimizer = 8 * Self.share(floats, of: zero == .none ? ranks.ofHost : ranks.all)
    if ranks.all > 1 {
      let sum = zero == .none ? floats : Self.share(floats, of: ranks.hosts)
      communication = 4 * Self.share(sum, of: ranks.ofHost) + 2 * 4 * StageParameters.bucketFloats
    }
    let parts = Set(train.map(\.part))
    let last = train.first { $0.part == .vision }?.lastLayers
    let estimate = ActivationEstimate(
      model: model.configuration, precision: precision, activations: activations,
      trainsVision: parts.contains(.vision), trainsLanguage: parts.contains(.language),
      visionLayersTrained: last ?? model.visionLayersUsed)
    self.activations = estimate.bytes(
      tokens: batch.tokens, images: model.configuration.vision == nil ? 0 : batch.images)
  }

  init() {}

  /// More than any machine holds, and few enough that those of all parts and many ranks fit an integer.
  static let mostBytes = 1 << 48

  /// Beyond `mostBytes` it is that.
  static func bytes(_ count: Double) -> Int { Int(min(count, Double(mostBytes))) }

  private static func trained(_ train: [PartTraining], of model: VisionLanguageModel) -> [Parameter] {
    model.store.parameters.filter { StageParameters.part(of: $0.name, in: train, model: model) != nil }
  }

  /// Buckets of a leaf that are filled, or being summed, where the network keeps up with the backward pass.
  private static let bucketsUnderWay = 8

  private static func share(_ floats: Int, of ranks: Int) -> Int { (floats + ranks - 1) / ranks }

  /// `parameters 0.15 GB, gradients 0.10 GB, ...`, for people.
  public var text: String {
    let parts = [
      ("parameters", parameters), ("gradients", gradients), ("optimizer", optimizer), ("activations", activations),
      ("communication", communication), ("snapshot", snapshot),
      ("pictures", pictures),
    ]
    return parts.map { "\($0.0) \(Self.gigabytes($0.1))" }.joined(separator: ", ")
      + ", together \(Self.gigabytes(total)) a rank"
  }

  /// `7.24 billion`.
  static func billions(_ count: Int) -> String { String(format: "%.2f billion", Double(count) / 1e9) }

  /// `1.25 GB`.
  static func gigabytes(_ bytes: Int) -> String { String(format: "%.2f GB", Double(bytes) / 1e9) }
}
