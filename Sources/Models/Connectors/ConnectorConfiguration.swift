import Kernels

/// How image features become language-model inputs.
public struct ConnectorConfiguration: Sendable, Equatable, Codable {
  public enum Kind: String, Sendable, Codable, CaseIterable {
    /// LLaVA-1.5: two linear maps with an activation between.
    case mlp = "mlp2x_gelu"
    /// InternVL 2: s×s neighbouring patches become one token (pixel shuffle v2), then norm and two linear maps.
    case pixelShuffle = "pixel_shuffle_mlp"
    /// LLaVA 1.0: one linear map.
    case linear
  }

  public var kind: Kind
  public var activation: Activation
  public var bias: Bool
  /// Side of the block of patches that becomes one token; 1 except for the pixel shuffle.
  public var factor: Int

  enum CodingKeys: String, CodingKey, CaseIterable { case kind, activation, bias, factor }

  public init(kind: Kind, activation: Activation = .gelu, bias: Bool = true, factor: Int = 1) {
    self.kind = kind
    self.activation = activation
    self.bias = bias
    self.factor = factor
  }

  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    kind = try values.decodeIfPresent(Kind.self, forKey: .kind) ?? .mlp
    activation = try values.decodeIfPresent(Activation.self, forKey: .activation) ?? .gelu
    bias = try values.decodeIfPresent(Bool.self, forKey: .bias) ?? true
    factor = try values.decodeIfPresent(Int.self, forKey: .factor) ?? (kind == .pixelShuffle ? 2 : 1)
  }
}
