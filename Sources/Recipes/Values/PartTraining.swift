/// A part of the model that can be trained by itself.
public enum ModelPart: String, CaseIterable, Sendable {
  case vision, connector
  /// With its embeddings and its head, unless those are named beside it.
  case language
  case embeddings, head
}

/// How one part is trained in one stage.
public struct PartTraining: Equatable, Sendable {
  public var part: ModelPart
  /// The learning rate that the schedule's factor multiplies.
  public var lr: Double
  /// Trains low-rank adapters instead of the part's own parameters.
  public var lora: LowRankAdapter?
  /// Only the last so many layers of the part are trained; nil trains all.
  public var lastLayers: Int?

  public init(part: ModelPart, lr: Double, lora: LowRankAdapter? = nil, lastLayers: Int? = nil) {
    self.part = part
    self.lr = lr
    self.lora = lora
    self.lastLayers = lastLayers
  }
}

/// Low-rank adapters, with PEFT's names.
public struct LowRankAdapter: Equatable, Sendable {
  public var rank: Int
  /// The adapter's output is scaled by alpha / rank.
  public var alpha: Double
  public var dropout: Double
}
